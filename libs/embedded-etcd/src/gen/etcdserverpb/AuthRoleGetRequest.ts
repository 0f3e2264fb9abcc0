// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthRoleGetRequest {
  'role'?: (string);
}

export interface AuthRoleGetRequest__Output {
  'role': (string);
}
