import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { isHealthCheck } from '../server/server-health.js';

/** How an instance answers calls. */
export type TestBehaviour =
  | { readonly kind: 'answer'; readonly delayMs: number }
  | { readonly kind: 'fail'; readonly code: status; readonly details: string }
  /** Connections stay open, but no call is answered. */
  | { readonly kind: 'hang' };

export type TestHandler = (path: string, request: Buffer) => Promise<Buffer>;

/** Length and compression flag in front of each message on the wire. */
const FRAME_HEADER_BYTES = 5;

/**
 * A gRPC server of unary calls that needs no contract: it speaks gRPC's HTTP/2 framing and leaves the messages to its
 * handler. grpc-js's own server serves only methods that it knows in advance.
 */
export class TestServer {
  behaviour: TestBehaviour = { kind: 'answer', delayMs: 0 };
  /** Calls that have reached the server. */
  calls = 0;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly connected = new Set<() => void>();
  private connections = 0;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    private readonly server: Http2Server,
    private readonly handler: TestHandler,
  ) {
    server.on('session', (session: ServerHttp2Session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
      // The client has acknowledged the settings: it now considers the connection ready.
      session.once('localSettings', () => this.onConnected());
    });
    server.on('stream', (stream, headers) => {
      // A client that disconnects during a call must not fail the spec.
      stream.on('error', () => undefined);
      // A stream that was closed meanwhile accepts neither a reply nor an error.
      const path = String(headers[constants.HTTP2_HEADER_PATH]);
      this.serve(stream, path).catch(() => stream.destroy());
    });
  }

  static async listen(handler: TestHandler, port = 0): Promise<TestServer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new TestServer(server, handler);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves when a client has connected, at once when one has before. */
  async whenConnected(): Promise<void> {
    if (this.connections > 0) return;
    await new Promise<void>((resolve) => this.connected.add(resolve));
  }

  private onConnected(): void {
    this.connections += 1;
    for (const resolve of this.connected) resolve();
    this.connected.clear();
  }

  /** Refuses new calls (GOAWAY) and resolves when the running ones are answered. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const session of this.sessions) session.close();
    await closed;
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const session of this.sessions) session.destroy();
    for (const timer of this.timers) clearTimeout(timer);
    await closed;
  }

  private async serve(stream: ServerHttp2Stream, path: string): Promise<void> {
    // Like a server without a health service, which clients consider healthy. The watch does not count as a call.
    if (isHealthCheck(path)) return fail(stream, status.UNIMPLEMENTED, 'no health service');
    this.calls += 1;
    const { behaviour } = this;
    if (behaviour.kind === 'hang') return;
    if (behaviour.kind === 'fail') return fail(stream, behaviour.code, behaviour.details);
    try {
      const request = await firstMessage(stream);
      if (behaviour.delayMs > 0) await this.pause(behaviour.delayMs);
      reply(stream, await this.handler(path, request));
    } catch (error) {
      fail(stream, status.UNKNOWN, String(error));
    }
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.add(timer);
    });
  }
}

async function firstMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES);
}

function reply(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed) return;
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  stream.respond(responseHeaders(), { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status.OK) }));
  stream.end(Buffer.concat([header, message]));
}

function fail(stream: ServerHttp2Stream, code: status, details: string): void {
  if (stream.destroyed) return;
  const trailers = {
    'grpc-status': String(code),
    'grpc-message': encodeURI(details),
  };
  stream.respond({ ...responseHeaders(), ...trailers }, { endStream: true });
}

function responseHeaders() {
  return { ':status': 200, 'content-type': 'application/grpc+proto' };
}
