// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthStatusRequest {
}

export interface AuthStatusRequest__Output {
}
