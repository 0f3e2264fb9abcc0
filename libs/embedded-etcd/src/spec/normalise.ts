/** Fields that two servers can't agree on: who they are and how often they held an election. */
const ofTheServer = new Set(['cluster_id', 'member_id', 'raft_term']);

/** An answer without what differs from server to server; bytes as text. */
export function normalise(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return readable(value);
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !ofTheServer.has(name))
      .map(([name, field]) => [name, normalise(field)]),
  );
}

function readable(bytes: Buffer): string {
  return bytes.length > 100 ? `${bytes.length} bytes` : bytes.toString('latin1');
}
