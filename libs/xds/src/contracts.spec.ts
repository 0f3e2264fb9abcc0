import {
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  ScalarType,
} from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import { file_envoy_config_cluster_v3_cluster } from './gen/envoy/config/cluster/v3/cluster_pb.js';
import { file_envoy_config_endpoint_v3_endpoint } from './gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { file_envoy_config_listener_v3_listener } from './gen/envoy/config/listener/v3/listener_pb.js';
import { file_envoy_config_route_v3_route } from './gen/envoy/config/route/v3/route_pb.js';
import { file_envoy_extensions_filters_http_router_v3_router } from './gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { file_envoy_extensions_load_balancing_policies_least_request_v3_least_request } from './gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js';
import { file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash } from './gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.js';
import { file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin } from './gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.js';
import { file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality } from './gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb.js';
import { file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts } from './gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { file_envoy_extensions_upstreams_http_v3_http_protocol_options } from './gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import { file_envoy_service_discovery_v3_ads } from './gen/envoy/service/discovery/v3/ads_pb.js';

/** Files that no other one imports. */
const OUTERMOST = [
  file_envoy_config_cluster_v3_cluster,
  file_envoy_config_endpoint_v3_endpoint,
  file_envoy_config_listener_v3_listener,
  file_envoy_config_route_v3_route,
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
  file_envoy_extensions_load_balancing_policies_least_request_v3_least_request,
  file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash,
  file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin,
  file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality,
  file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts,
  file_envoy_extensions_upstreams_http_v3_http_protocol_options,
  file_envoy_service_discovery_v3_ads,
];

const require = createRequire(import.meta.url);
const published = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');

/** The contracts of Envoy that grpc-js-xds is built from. */
const envoy = new protobuf.Root();
const descriptor = require('protobufjs/google/protobuf/descriptor.json') as {
  nested: { google: { nested: { protobuf: { nested: object } } } };
};
protobuf.common('descriptor', descriptor.nested.google.nested.protobuf.nested);
envoy.resolvePath = (_, target) => {
  const folders = ['envoy-api', 'googleapis', 'protoc-gen-validate', 'xds'];
  const paths = folders.map((folder) => join(published, folder, target));
  return paths.find((path) => existsSync(path)) ?? target;
};

const files = [
  ...new Map(OUTERMOST.flatMap(withImports).map((file) => [file.name, file])).values(),
];
const messages = files.flatMap(({ messages }) => messages.flatMap(withNested));
const enums = [...files, ...messages].flatMap((owner) =>
  'nestedEnums' in owner ? owner.nestedEnums : owner.enums,
);

envoy.loadSync(
  files.map(({ name }) => `${name}.proto`),
  { keepCase: true },
);

describe("The subset of Envoy's contracts", () => {
  it('has messages and enums', () => {
    expect(messages.length).toBeGreaterThan(40);
    expect(enums.length).toBeGreaterThan(5);
  });

  it.each(messages.map((message) => [message.typeName, message] as const))(
    'has the fields of %s as published',
    (name, message) => {
      const theirs = envoy.lookupType(name);
      for (const field of message.fields) {
        const original = theirs.fields[field.name];
        expect([field.name, shape(field)]).toEqual([
          field.name,
          original && publishedShape(original),
        ]);
      }
    },
  );

  it.each(enums.map((each) => [each.typeName, each] as const))(
    'has the values of %s as published',
    (name, { values }: DescEnum) => {
      const theirs = envoy.lookupEnum(name).values;
      const ours = Object.fromEntries(values.map(({ name: value, number }) => [value, number]));
      expect(theirs).toMatchObject(ours);
    },
  );

  it('has the methods of the discovery service as published', () => {
    const [service] = file_envoy_service_discovery_v3_ads.services;
    const theirs = envoy.lookupService(service!.typeName);
    for (const { name, methodKind, input, output } of service!.methods) {
      const { requestType, responseType, requestStream, responseStream } = theirs.methods[name]!;
      expect([requestStream, responseStream, methodKind]).toEqual([true, true, 'bidi_streaming']);
      expect([input.name, output.name]).toEqual([requestType, responseType]);
    }
  });
});

function withImports(file: DescFile): DescFile[] {
  const own = file.name.startsWith('google/protobuf/') ? [] : [file];
  return [...own, ...file.dependencies.flatMap(withImports)];
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}

/** Number, type and label: what the wire depends on. */
function shape(field: DescField): string {
  const number = String(field.number);
  switch (field.fieldKind) {
    case 'scalar':
      return `${number} ${scalar(field.scalar)}`;
    case 'message':
      return `${number} ${field.message.typeName}`;
    case 'enum':
      return `${number} ${field.enum.typeName}`;
    case 'list':
      return `${number} repeated ${field.message?.typeName ?? field.enum?.typeName ?? scalar(field.scalar!)}`;
    case 'map':
      return `${number} map ${scalar(field.mapKey)} ${field.message?.typeName ?? scalar(field.scalar!)}`;
  }
}

function scalar(type: ScalarType): string {
  return ScalarType[type].toLowerCase();
}

function publishedShape(field: protobuf.Field): string {
  const { id, repeated, type, resolvedType } = field.resolve();
  const name = resolvedType ? resolvedType.fullName.slice(1) : type;
  if (field instanceof protobuf.MapField) return `${id} map ${field.keyType} ${name}`;
  return `${id} ${repeated ? 'repeated ' : ''}${name}`;
}
