// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface DefragmentRequest {
}

export interface DefragmentRequest__Output {
}
