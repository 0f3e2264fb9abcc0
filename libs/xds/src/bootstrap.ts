import { isIP } from 'node:net';

/** The address of the control plane, and the identity of the client. */
export interface BootstrapOptions {
  /** Address of the control plane: `host:port`, or `unix:/path` for gRPC clients. */
  readonly controlPlane: string;
  /** Unique name of the client. It appears in the state of the control plane. */
  readonly nodeId: string;
  /** Name of the group that the client belongs to. @default the node id */
  readonly cluster?: string;
  /** Where the client runs. @default '' */
  readonly zone?: string;
}

/** Options of Envoy's bootstrap. */
export interface EnvoyBootstrapOptions extends BootstrapOptions {
  /** Mutual TLS to the control plane. @default none */
  readonly tls?: ControlPlaneTls;
  /** Address of Envoy's admin interface. Bind it on loopback: it can stop Envoy. @default none */
  readonly admin?: { readonly host: string; readonly port: number };
}

/** Mutual TLS between Envoy and the control plane. The files contain PEM and are on Envoy's host. */
export interface ControlPlaneTls {
  /** The CA that must have signed the certificate of the control plane. */
  readonly caFile: string;
  /** The certificate of Envoy. */
  readonly certFile: string;
  /** Its private key. */
  readonly keyFile: string;
  /** The DNS name that the certificate of the control plane must have. */
  readonly serverName: string;
}

/** The file that `GRPC_XDS_BOOTSTRAP` names, for a gRPC client of any language. */
export function grpcBootstrap({
  controlPlane,
  nodeId,
  cluster,
  zone = '',
}: BootstrapOptions): object {
  return {
    xds_servers: [
      {
        server_uri: controlPlane,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['xds_v3', 'ignore_resource_deletion'],
      },
    ],
    // grpc-js requires the locality.
    node: { id: nodeId, cluster: cluster ?? nodeId, locality: { zone } },
  };
}

/** Envoy's configuration file: everything else comes from the control plane, by the delta protocol. */
export function envoyBootstrap(options: EnvoyBootstrapOptions): object {
  const { controlPlane, nodeId, cluster, zone = '', tls, admin } = options;
  const colon = controlPlane.lastIndexOf(':');
  const address = controlPlane.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(controlPlane.slice(colon + 1));
  const ads = { ads: {}, resource_api_version: 'V3' };
  return {
    node: { id: nodeId, cluster: cluster ?? nodeId, locality: { zone } },
    ...(admin && { admin: { address: socketAddress(admin.host, admin.port) } }),
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: CONTROL_PLANE } }],
      },
      lds_config: ads,
      cds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: CONTROL_PLANE,
          type: isIP(address) === 0 ? 'STRICT_DNS' : 'STATIC',
          connect_timeout: '1s',
          ...(tls && { transport_socket: transportSocket(tls) }),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: {
                http2_protocol_options: {
                  // Detects a control plane that hangs.
                  connection_keepalive: { interval: '30s', timeout: '5s' },
                },
              },
            },
          },
          load_assignment: {
            cluster_name: CONTROL_PLANE,
            endpoints: [
              { lb_endpoints: [{ endpoint: { address: socketAddress(address, port) } }] },
            ],
          },
        },
      ],
    },
  };
}

/** No service can have this name, which must be valid as an authority: Envoy sends it. */
const CONTROL_PLANE = '_control_plane';

function socketAddress(address: string, port: number) {
  return { socket_address: { address, port_value: port } };
}

function transportSocket({ caFile, certFile, keyFile, serverName }: ControlPlaneTls) {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: serverName,
      common_tls_context: {
        alpn_protocols: ['h2'],
        tls_certificates: [
          { certificate_chain: { filename: certFile }, private_key: { filename: keyFile } },
        ],
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: serverName } }],
        },
      },
    },
  };
}
