// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthUserListRequest {
}

export interface AuthUserListRequest__Output {
}
