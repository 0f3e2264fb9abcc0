import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
} from '@grpc-discovery/balancing';
import { Client, type ChannelOptions } from '@grpc/grpc-js';

import type { Invocation } from './invocation.js';

/** A client of a service like those of applications: with its instances and its published config, and no policy of its own. */
export interface OpenChannel {
  readonly client: Client;
  /** What it was made with, for `describeChannel`. */
  readonly options: ChannelOptions;
}

/** @param onConfigError Told of a published config that can't be used. */
export function openChannel(
  { registry: { watcher, configs }, security }: Pick<Invocation, 'registry' | 'security'>,
  service: string,
  onConfigError: (error: Error) => void = () => undefined,
): OpenChannel {
  installBalancing();
  const options = discoveryChannelOptions({
    watcher,
    channelOptions: security.optionsOf(service),
    onConfigError,
    serviceConfig: {
      watch: (name, listener) =>
        configs.watch(name, (state) => {
          if (state.kind === 'published')
            listener({ kind: 'published', json: JSON.stringify(state.config) });
          else listener({ kind: state.kind === 'none' ? 'absent' : 'pending' });
        }),
    },
  });
  return {
    client: new Client(discoveryTarget(service), security.credentials, options),
    options,
  };
}
