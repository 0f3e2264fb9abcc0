// Original file: /work/rooms/house-root/libs/embedded-etcd/proto/rpc.proto


export interface MemberListRequest {
}

export interface MemberListRequest__Output {
}
