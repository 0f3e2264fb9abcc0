/**
 * The only door to private or undocumented members of grpc-js's subchannels. If a member is missing, this package does
 * without it and calls still work; private-members.spec.ts then fails and names the member.
 */
import type { SubchannelInterface } from './experimental.js';

type Subchannel = ReturnType<SubchannelInterface['getRealSubchannel']>;
type CreateCall = Subchannel['createCall'];

/** A call on one connection. */
export type SubchannelCall = ReturnType<CreateCall>;
type SubchannelCallListener = Parameters<CreateCall>[3];

/** The method that a call invokes. */
export interface SubchannelCallTarget {
  readonly authority: string;
  readonly service: string;
  readonly method: string;
}

interface HiddenMembers {
  /** Makes the attempts to connect. During the HTTP/2 handshake it holds the session. */
  readonly connector?: { readonly session?: { destroy(): void } | null };
  /** The connection. It counts its calls and keeps the process alive while there are any. */
  readonly transport?: { removeActiveCall?(call: SubchannelCall): void } | null;
}

function hiddenMembersOf(subchannel: SubchannelInterface): HiddenMembers {
  return subchannel.getRealSubchannel() as unknown as HiddenMembers;
}

/**
 * The session of an attempt that waits for the HTTP/2 handshake. grpc-js has no connect timeout and never closes such a
 * session, even when nothing uses the subchannel any more.
 */
export function handshakeOf(subchannel: SubchannelInterface): { destroy(): void } | undefined {
  return hiddenMembersOf(subchannel).connector?.session ?? undefined;
}

/**
 * Makes a call on the current connection of a subchannel, and on no other. `Subchannel.getChannel()` is no alternative: it
 * throws out of a promise when the connection closes.
 * @throws Error if there is no connection.
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

/** Allows the process to exit while the call is open. */
export function unrefCall(subchannel: SubchannelInterface, call: SubchannelCall): void {
  hiddenMembersOf(subchannel).transport?.removeActiveCall?.(call);
}
