/**
 * The only door to what grpc-js's types hide of a subchannel, or what they show and its documentation does not. Where a member
 * is gone, we do without it: calls go on. private-members.spec.ts then fails by its name.
 */
import type { SubchannelInterface } from './experimental.js';

type Subchannel = ReturnType<SubchannelInterface['getRealSubchannel']>;
type CreateCall = Subchannel['createCall'];

/** A call on one connection. */
export type SubchannelCall = ReturnType<CreateCall>;
export type SubchannelCallListener = Parameters<CreateCall>[3];

/** Whom a call is for. */
export interface SubchannelCallTarget {
  readonly authority: string;
  readonly service: string;
  readonly method: string;
}

interface HiddenMembers {
  /** Makes the attempts to connect; of one that waits for the HTTP/2 handshake it holds the session. */
  readonly connector?: { readonly session?: { destroy(): void } | null };
  /** The connection, which counts its calls to keep the process alive. */
  readonly transport?: { removeActiveCall?(call: SubchannelCall): void } | null;
}

function hiddenMembersOf(subchannel: SubchannelInterface): HiddenMembers {
  return subchannel.getRealSubchannel() as unknown as HiddenMembers;
}

/**
 * The session of an attempt that waits for the HTTP/2 handshake. grpc-js has no connect timeout, and closes such a session
 * never, whoever still uses the subchannel.
 */
export function handshakeOf(subchannel: SubchannelInterface): { destroy(): void } | undefined {
  return hiddenMembersOf(subchannel).connector?.session ?? undefined;
}

/**
 * Makes a call on the connection that a subchannel has, and on no other. `Subchannel.getChannel()` would do for it, but for what
 * it throws out of a promise when the connection goes away.
 * @throws Error when there is no connection.
 */
export async function createSubchannelCall(
  subchannel: SubchannelInterface,
  { authority, service, method }: SubchannelCallTarget,
  listener: SubchannelCallListener,
): Promise<SubchannelCall> {
  const connected = subchannel.getRealSubchannel();
  const context = { method_name: method, service_url: `https://${authority}/${service}` };
  const metadata = await connected.getCallCredentials().generateMetadata(context);
  return connected.createCall(metadata, authority, `/${service}/${method}`, listener);
}

/** Lets the process end while the call is open. */
export function unrefCall(subchannel: SubchannelInterface, call: SubchannelCall): void {
  hiddenMembersOf(subchannel).transport?.removeActiveCall?.(call);
}
