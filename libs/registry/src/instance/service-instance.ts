/** Where an instance runs, from coarse to fine. Empty strings mean "unknown". */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** One running server of a service, as the registry holds it. */
export interface ServiceInstance {
  /** Unique within the service for the life of the process. */
  readonly id: string;
  /** Name of the service, as clients dial it: `etcd:///<service>`. */
  readonly service: string;
  /** `host:port` that clients connect to; an IPv6 host stands in brackets. */
  readonly address: string;
  /** Version of the deployed service, free text, `''` when unknown. */
  readonly version: string;
  /**
   * Share of the calls relative to the other instances: an integer from 0 to 65535. An instance of weight 0 gets new
   * calls only when every instance has weight 0.
   * @default 100
   */
  readonly weight: number;
  readonly locality: Locality;
  /** Free labels. Never logged. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the process began to serve, ISO 8601. */
  readonly startedAt: string;
}
