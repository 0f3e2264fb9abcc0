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
