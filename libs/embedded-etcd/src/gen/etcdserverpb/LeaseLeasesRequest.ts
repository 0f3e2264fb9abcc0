// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface LeaseLeasesRequest {
}

export interface LeaseLeasesRequest__Output {
}
