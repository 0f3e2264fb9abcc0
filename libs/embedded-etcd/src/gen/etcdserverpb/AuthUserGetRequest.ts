// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthUserGetRequest {
  'name'?: (string);
}

export interface AuthUserGetRequest__Output {
  'name': (string);
}
