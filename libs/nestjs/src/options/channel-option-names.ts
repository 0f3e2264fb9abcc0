import { nearest } from '@grpc-discovery/registry/options';

/** Options of channels and servers that grpc-js 1.14 reads. */
const READ_BY_GRPC_JS = [
  'grpc.ssl_target_name_override',
  'grpc.primary_user_agent',
  'grpc.secondary_user_agent',
  'grpc.default_authority',
  'grpc.default_compression_algorithm',
  'grpc.keepalive_time_ms',
  'grpc.keepalive_timeout_ms',
  'grpc.keepalive_permit_without_calls',
  'grpc.service_config',
  'grpc.max_concurrent_streams',
  'grpc.initial_reconnect_backoff_ms',
  'grpc.max_reconnect_backoff_ms',
  'grpc.use_local_subchannel_pool',
  'grpc.max_send_message_length',
  'grpc.max_receive_message_length',
  'grpc.enable_http_proxy',
  'grpc.http_connect_target',
  'grpc.http_connect_creds',
  'grpc.enable_channelz',
  'grpc.dns_min_time_between_resolutions_ms',
  'grpc.enable_retries',
  'grpc.per_rpc_retry_buffer_size',
  'grpc.retry_buffer_size',
  'grpc.max_connection_age_ms',
  'grpc.max_connection_age_grace_ms',
  'grpc.max_connection_idle_ms',
  'grpc-node.max_session_memory',
  'grpc.service_config_disable_resolution',
  'grpc.client_idle_timeout_ms',
  'grpc-node.tls_enable_trace',
  'grpc.lb.ring_hash.ring_size_cap',
  'grpc-node.retry_max_attempts_limit',
  'grpc-node.flow_control_window',
  'grpc.server_call_metric_recording',
];

/**
 * The options that grpc-js ignores: those of gRPC's C core or of a later grpc-js, and misspelt ones. They are logged instead of
 * refused, because Nest's own gRPC options include some.
 */
export function ignoredChannelOptions(options: object): string[] {
  return Object.keys(options)
    .filter((name) => !READ_BY_GRPC_JS.includes(name) && !name.includes('.internal.'))
    .map((name) => {
      const meant = nearest(name, READ_BY_GRPC_JS);
      return meant === undefined ? `"${name}"` : `"${name}" (did you mean "${meant}"?)`;
    });
}
