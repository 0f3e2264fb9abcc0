// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface StatusRequest {
}

export interface StatusRequest__Output {
}
