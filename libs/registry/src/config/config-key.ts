/** `/<namespace>/config/<service>` */
export function configKey(namespace: string, service: string): string {
  return `/${namespace}/config/${service}`;
}
