import type { MethodOptionsByPath } from '@grpc-discovery/balancing';
import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { isDeepStrictEqual } from 'node:util';
import { ConflictingClientsError } from '../errors.js';
import type { ClientClass, ServiceChannelOptions } from './balanced-client.decorator.js';
import { WHEN_OPENED } from './client-options.js';
import { describeClient, type ClientDescription } from './client-description.js';

/** The channel options of a client in Nest's own way, and its name for error messages. */
export interface NamedChannelOptions {
  readonly name: string;
  readonly channel: ServiceChannelOptions;
}

/** Stands among a module's providers for each client that `forFeature` provides there. */
export class ClientDeclaration {
  constructor(readonly client: ClientClass | NamedChannelOptions) {}
}

const CHANNEL_OPTIONS = ['policy', 'retryBudget', ...WHEN_OPENED] as const;

/** All that the clients of a process say of a service's one channel. */
export interface ChannelDeclaration extends ServiceChannelOptions {
  readonly methods: MethodOptionsByPath;
}

type Said = Pick<ClientDescription, 'name' | 'channel' | 'methods'>;

/** Knows every client that a module provides, before the first channel is opened. */
@Injectable()
export class ClientCatalog {
  private readonly described = new Map<ClientClass, ClientDescription>();

  constructor(private readonly modules: ModulesContainer) {}

  /** @throws ClientContractError, InvalidClientOptionError */
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

  /** @throws ConflictingClientsError when two clients want the service's channel to differ. */
  channel(service: string): ChannelDeclaration {
    const clients = this.declared().filter(({ channel }) => channel.service === service);
    const common: Record<string, unknown> = {};
    const methods: Record<string, unknown> = {};
    const sayings = new Sayings(service);
    for (const { name, channel, methods: own } of clients) {
      for (const option of CHANNEL_OPTIONS) sayings.add(common, option, channel[option], name);
      for (const [path, said] of Object.entries(own)) sayings.add(methods, path, said, name);
    }
    return { ...common, service, methods: methods as MethodOptionsByPath };
  }

  private declared(): readonly Said[] {
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

/** Collects what clients say, and objects when two say different things of one subject. */
class Sayings {
  private readonly speakers = new Map<string, string>();

  constructor(private readonly service: string) {}

  add(collected: Record<string, unknown>, subject: string, said: unknown, speaker: string): void {
    if (said === undefined) return;
    const first = this.speakers.get(subject);
    if (first === undefined) {
      this.speakers.set(subject, speaker);
      collected[subject] = said;
    } else if (!isDeepStrictEqual(collected[subject], said)) {
      throw new ConflictingClientsError(this.service, subject, [first, speaker]);
    }
  }
}
