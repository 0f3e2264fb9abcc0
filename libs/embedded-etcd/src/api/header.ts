/** The header of every answer of etcd. Inside a transaction only the revision is filled in. */
export interface ResponseHeader {
  readonly cluster_id?: string;
  readonly member_id?: string;
  readonly revision?: number;
  readonly raft_term?: number;
}

/** An answer before the server put its header on. A header's own revision wins over the store's; null: no header. */
export interface Headed {
  readonly header?: ResponseHeader | null;
}
