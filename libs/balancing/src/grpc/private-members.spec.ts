import { freePorts, until, versionOf } from '@grpc-discovery/test-support';
import { connectivityState, type Channel } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { capturedSubchannel } from '../spec/captured-subchannel.js';
import { DeafServer } from '../spec/deaf-server.js';
import { GreeterServer } from '../spec/greeter.js';
import type { SubchannelInterface } from './experimental.js';
import {
  createSubchannelCall,
  handshakeOf,
  unrefCall,
  type SubchannelCall,
} from './private-members.js';

describe(`${versionOf('@grpc/grpc-js', import.meta.url)}: private members of a subchannel`, () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const connect = async (address: string): Promise<SubchannelInterface> => {
    const captured: { channel: Channel; subchannel: () => SubchannelInterface | undefined } =
      capturedSubchannel(address);
    ends.push(() => captured.channel.close());
    const subchannel = await until('the channel makes a subchannel', captured.subchannel);
    ends.push(() => subchannel.unref());
    return subchannel;
  };

  const connected = async () => {
    const [port = 0] = await freePorts(1);
    const server = await GreeterServer.start({ port });
    ends.push(() => server.stop());
    const subchannel = await connect(server.address);
    const ready = () => subchannel.getConnectivityState() === connectivityState.READY;
    await until('it is connected', ready);
    return { server, subchannel };
  };

  it('Subchannel.connector.session: exists during the HTTP/2 handshake and closes its socket', async () => {
    const server = await DeafServer.start({ shakesHands: false });
    ends.push(() => server.stop());
    const subchannel = await connect(server.address);
    const handshake = await until('Subchannel.connector.session is there', () =>
      handshakeOf(subchannel),
    );
    await until('the socket is open', () => server.open === 1);
    handshake.destroy();
    await until('the socket is closed', () => server.open === 0);
    expect(server.accepted).toBe(1);
  });

  it('Subchannel.createCall, getCallCredentials: make a call on the connection that it has', async () => {
    const { server, subchannel } = await connected();
    const target = { authority: 'greeter', service: 'helloworld.Greeter', method: 'SayHello' };
    const results: unknown[] = [];
    let call: SubchannelCall | undefined;
    const ended = new Promise<{ code: number }>((resolve, reject) => {
      createSubchannelCall(subchannel, target, {
        onReceiveMetadata: () => undefined,
        onReceiveMessage: (message: Buffer) => {
          results.push(message.subarray(5).toString());
          call?.startRead();
        },
        onReceiveStatus: resolve,
      }).then((begun) => {
        call = begun;
        begun.sendMessageWithContext({}, Buffer.alloc(5));
        begun.halfClose();
        begun.startRead();
      }, reject);
    });
    expect((await ended).code).toBe(0);
    expect(results).toEqual([server.address]);
    expect(server.connections.size).toBe(1);
  });

  it('Subchannel.transport.removeActiveCall: stops the call from keeping the process alive', async () => {
    const { subchannel } = await connected();
    const { transport } = subchannel.getRealSubchannel() as unknown as {
      transport: { activeCalls: Set<unknown>; removeActiveCall: unknown };
    };
    expect(transport.removeActiveCall).toBeInstanceOf(Function);
    const target = { authority: 'greeter', service: 'grpc.health.v1.Health', method: 'Watch' };
    const listener = {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: () => undefined,
      onReceiveStatus: () => undefined,
    };
    const call = await createSubchannelCall(subchannel, target, listener);
    expect(transport.activeCalls.size).toBe(1);
    unrefCall(subchannel, call);
    expect(transport.activeCalls.size).toBe(0);
    call.cancelWithStatus(1, 'over');
  });
});
