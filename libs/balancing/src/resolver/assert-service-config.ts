import { publishedServiceConfig } from './service-config.js';

/**
 * Checks a service config before it is published: gRPC's JSON form, with the policies of this package.
 * @throws InvalidPolicyError that says what clients would object to.
 */
export function assertServiceConfig(json: string): void {
  publishedServiceConfig(json, { methods: {} });
}
