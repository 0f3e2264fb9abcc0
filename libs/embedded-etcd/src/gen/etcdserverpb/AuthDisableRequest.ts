// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthDisableRequest {
}

export interface AuthDisableRequest__Output {
}
