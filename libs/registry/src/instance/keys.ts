import { BrokenEntryError } from '../errors/registry-errors.js';

/** Service and id of an instance, as in its key. */
export interface InstanceKey {
  readonly service: string;
  readonly id: string;
}

/** `/<namespace>/instances/` */
export function allInstancesPrefix(namespace: string): string {
  return `/${namespace}/instances/`;
}

/** `/<namespace>/instances/<service>/`: ends in a slash, so that `user` never sees `user-admin`. */
export function servicePrefix(namespace: string, service: string): string {
  return `${allInstancesPrefix(namespace)}${service}/`;
}

/** `/<namespace>/instances/<service>/<instanceId>` */
export function instanceKey(namespace: string, { service, id }: InstanceKey): string {
  return `${servicePrefix(namespace, service)}${id}`;
}

/** `/<namespace>/epoch`: holds a random id that changes when the store is replaced. */
export function epochKey(namespace: string): string {
  return `/${namespace}/epoch`;
}

/**
 * Reads the key of an instance of this service.
 * @throws BrokenEntryError unless exactly one segment follows the prefix.
 */
export function parseInstanceKey(prefix: string, key: string): InstanceKey {
  const id = key.startsWith(prefix) ? key.slice(prefix.length) : '';
  if (id === '' || id.includes('/')) {
    throw new BrokenEntryError('instance', key, `its key is not of the form ${prefix}<instanceId>`);
  }
  return { service: prefix.slice(prefix.lastIndexOf('/', prefix.length - 2) + 1, -1), id };
}

/** `/<namespace>/config/<service>` */
export function configKey(namespace: string, service: string): string {
  return `/${namespace}/config/${service}`;
}

/** `/<namespace>/overrides/` */
export function allOverridesPrefix(namespace: string): string {
  return `/${namespace}/overrides/`;
}

/** `/<namespace>/overrides/<service>/`: ends in a slash, so that `user` never sees `user-admin`. */
export function overridesPrefix(namespace: string, service: string): string {
  return `${allOverridesPrefix(namespace)}${service}/`;
}

/** `/<namespace>/overrides/<service>/<instanceId>` */
export function overrideKey(namespace: string, service: string, id: string): string {
  return `${overridesPrefix(namespace, service)}${id}`;
}
