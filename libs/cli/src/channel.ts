import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
} from '@grpc-discovery/balancing';
import type { Registry } from '@grpc-discovery/registry';
import { Client, credentials, type ChannelOptions } from '@grpc/grpc-js';

/** A client of a service as applications have it: its instances and its published config, no policy of its own. */
export interface OpenChannel {
  readonly client: Client;
  /** What it was made with, for `describeChannel`. */
  readonly options: ChannelOptions;
}

/** @param onConfigError Told of a published config that can't be used. */
export function openChannel(
  { watcher, configs }: Registry,
  service: string,
  onConfigError: (error: Error) => void = () => undefined,
): OpenChannel {
  installBalancing();
  const options = discoveryChannelOptions({
    watcher,
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
    client: new Client(discoveryTarget(service), credentials.createInsecure(), options),
    options,
  };
}
