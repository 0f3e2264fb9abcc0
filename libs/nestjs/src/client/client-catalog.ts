import type { MethodOptionsByPath } from '@grpc-discovery/balancing';
import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { isDeepStrictEqual } from 'node:util';
import type { ClientClass, ServiceChannelOptions } from './balanced-client.decorator.js';
import { WHEN_OPENED } from './client-options.js';
import { describeClient, type ClientDescription } from './client-description.js';
import { setupErrors } from '../errors.js';

/** The channel options of a client in Nest's own way, and its name for error messages. */
export interface NamedChannelOptions {
  readonly name: string;
  readonly channel: ServiceChannelOptions;
}

/** Marks each client that `forFeature` provides, among the providers of its module. */
export class ClientDeclaration {
  constructor(readonly client: ClientClass | NamedChannelOptions) {}
}

const CHANNEL_OPTIONS = ['policy', 'retryBudget', ...WHEN_OPENED] as const;

/** The merged options of all clients of a service, for its one channel. */
export interface ChannelDeclaration extends ServiceChannelOptions {
  readonly methods: MethodOptionsByPath;
}

type DeclaredClient = Pick<ClientDescription, 'name' | 'channel' | 'methods'>;

/** Knows every client that a module provides, before the first channel is opened. */
@Injectable()
export class ClientCatalog {
  private readonly described = new Map<ClientClass, ClientDescription>();

  constructor(private readonly modules: ModulesContainer) {}

  /** @throws ClientContractError, InvalidOptionError */
  describe(clientClass: ClientClass): ClientDescription {
    const known = this.described.get(clientClass);
    if (known) return known;
    const description = describeClient(clientClass);
    this.described.set(clientClass, description);
    return description;
  }

  /** The services that some client calls. */
  get services(): readonly string[] {
    return [...new Set(this.declared().map(({ channel }) => channel.service))];
  }

  /** @throws DiscoverySetupError when the options of two clients differ. */
  channel(service: string): ChannelDeclaration {
    const clients = this.declared().filter(({ channel }) => channel.service === service);
    const common: Record<string, unknown> = {};
    const methods: Record<string, unknown> = {};
    const options = new MergedOptions(service);
    for (const { name, channel, methods: own } of clients) {
      for (const option of CHANNEL_OPTIONS) options.add(common, option, channel[option], name);
      for (const [path, value] of Object.entries(own)) options.add(methods, path, value, name);
    }
    return { ...common, service, methods: methods as MethodOptionsByPath };
  }

  private declared(): readonly DeclaredClient[] {
    return [...this.modules.values()]
      .flatMap(({ providers }) => [...providers.values()])
      .map((provider): unknown => provider.instance)
      .filter((instance) => instance instanceof ClientDeclaration)
      .map(({ client }) => {
        if (typeof client === 'function') return this.describe(client);
        return { ...client, methods: {} };
      });
  }
}

/** Merges the options of the clients of one service, and refuses different values of one option. */
class MergedOptions {
  /** The client that set each option first. */
  private readonly setBy = new Map<string, string>();

  constructor(private readonly service: string) {}

  add(merged: Record<string, unknown>, option: string, value: unknown, client: string): void {
    if (value === undefined) return;
    const first = this.setBy.get(option);
    if (first === undefined) {
      this.setBy.set(option, client);
      merged[option] = value;
    } else if (!isDeepStrictEqual(merged[option], value)) {
      throw setupErrors.conflictingClients(this.service, option, [first, client]);
    }
  }
}
