/** Names of an rpc, by OpenTelemetry's conventions. */
export interface RpcLabels {
  readonly rpc_service: string;
  readonly rpc_method: string;
}

/** @param path as gRPC sends it: `/helloworld.Greeter/SayHello`. */
export function rpcLabels(path: string): RpcLabels {
  const [, rpc_service = '', rpc_method = ''] = path.split('/');
  return { rpc_service, rpc_method };
}
