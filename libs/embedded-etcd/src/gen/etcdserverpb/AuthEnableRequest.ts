// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthEnableRequest {
}

export interface AuthEnableRequest__Output {
}
