// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthRoleAddRequest {
  'name'?: (string);
}

export interface AuthRoleAddRequest__Output {
  'name': (string);
}
