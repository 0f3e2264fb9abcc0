import { type Headed } from '../api/header.js';
import { unary, type Rpcs } from './rpc.js';

interface MemberListResponse extends Headed {
  readonly members: readonly {
    readonly ID: string;
    readonly name: string;
    readonly peerURLs: readonly string[];
    readonly clientURLs: readonly string[];
    readonly isLearner: boolean;
  }[];
}

/** @param clientUrls where this one member is reached. */
export function clusterService(clientUrls: () => readonly string[]): Rpcs {
  return {
    MemberList: unary((member): MemberListResponse => ({
      // etcd answers this from its cluster table, which knows no revision.
      header: { revision: 0 },
      members: [
        {
          ID: member.id,
          name: 'embedded',
          peerURLs: clientUrls(),
          clientURLs: clientUrls(),
          isLearner: false,
        },
      ],
    })),
  };
}
