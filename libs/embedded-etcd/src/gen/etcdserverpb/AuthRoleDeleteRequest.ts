// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthRoleDeleteRequest {
  'role'?: (string);
}

export interface AuthRoleDeleteRequest__Output {
  'role': (string);
}
