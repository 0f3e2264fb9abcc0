// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface WatchProgressRequest {
}

export interface WatchProgressRequest__Output {
}
