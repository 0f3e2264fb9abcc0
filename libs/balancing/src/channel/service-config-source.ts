/** What is known of the service config that a service publishes. */
export type ServiceConfigState =
  /** The registry has not answered yet: calls don't wait for it. */
  | { readonly kind: 'pending' }
  /** The service publishes none, or none any more. */
  | { readonly kind: 'absent' }
  /** A service config in gRPC's JSON form, as it was published: nobody has checked it. */
  | { readonly kind: 'published'; readonly json: string };

/** Port: tells of the configs that services publish. */
export interface ServiceConfigSource {
  /**
   * Starts to watch the config of a service. The listener hears of each change, and may be called synchronously. A source
   * that loses its registry says nothing: the last config counts.
   */
  watch(service: string, listener: (state: ServiceConfigState) => void): { close(): void };
}
