// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface AuthRoleListRequest {
}

export interface AuthRoleListRequest__Output {
}
