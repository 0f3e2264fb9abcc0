// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthUserDeleteRequest {
  'name'?: (string);
}

export interface AuthUserDeleteRequest__Output {
  'name': (string);
}
