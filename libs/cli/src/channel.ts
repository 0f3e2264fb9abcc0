import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
} from '@grpc-discovery/balancing';
import { Client, type ChannelOptions } from '@grpc/grpc-js';

import type { Invocation } from './invocation.js';

/** A client of a service as applications have it: with its instances and its published config, without its own policy. */
export interface OpenChannel {
  readonly client: Client;
  /** The options it was created with, for `describeChannel`. */
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
