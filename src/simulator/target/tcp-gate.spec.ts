import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpGate } from './tcp-gate.js';

/** Answers every piece with the same in capitals. */
let server: Server;
let heard: string[];
let gate: TcpGate;
const clients: Socket[] = [];

const portOf = (listening: Server): NetConnectOpts => {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return { host: '127.0.0.1', port: address.port };
};

beforeEach(async () => {
  heard = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard.push(bytes.toString());
      socket.write(bytes.toString().toUpperCase());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate = await TcpGate.open(() => [portOf(server)]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await gate.close();
  server.close();
});

function newClient(): Socket {
  const client = connect({ host: '127.0.0.1', port: gate.port });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function answerTo(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [bytes] = (await once(client, 'data')) as [Buffer];
  return bytes.toString();
}

describe('a gate before a server', () => {
  it('passes on both ways', async () => {
    expect(await answerTo(newClient(), 'one')).toBe('ONE');
  });

  it('cuts what is open and lets new ones through', async () => {
    const client = newClient();
    await answerTo(client, 'one');
    const closed = once(client, 'close');
    gate.cut();
    await closed;
    expect(await answerTo(newClient(), 'two')).toBe('TWO');
  });

  it('lets nothing through while it is shut', async () => {
    gate.shut();
    const client = newClient();
    client.write('one');
    await once(client, 'close');
    gate.heal();
    expect(await answerTo(newClient(), 'two')).toBe('TWO');
    expect(heard).toEqual(['two']);
  });

  it('holds back in silence, for old and new connections, and passes on in order afterwards', async () => {
    const old = newClient();
    await answerTo(old, 'one');
    gate.silence();
    const young = newClient();
    await once(young, 'connect');
    old.write('two');
    young.write('three');
    // What would come through comes through before this: it takes the same way, and more of it.
    const open = await TcpGate.open(() => [portOf(server)]);
    const other = connect({ host: '127.0.0.1', port: open.port });
    clients.push(other);
    await answerTo(other, 'four');
    expect(heard).toEqual(['one', 'four']);
    const answers = [once(old, 'data'), once(young, 'data')];
    gate.heal();
    await Promise.all(answers);
    expect(heard.slice(2).sort()).toEqual(['three', 'two']);
    other.destroy();
    await open.close();
  });

  it('takes its time where it is slow, and keeps the order when it no longer is', async () => {
    const client = newClient();
    await answerTo(client, 'one');
    gate.slow(60);
    const began = performance.now();
    client.write('two');
    while (heard.length < 2) await once(client, 'data');
    // A timer may be a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
    client.write('three');
    gate.heal();
    client.write('four');
    while (heard.join('') !== 'onetwothreefour') await once(client, 'data');
  });

  it('goes to the next server where one does not take connections', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const nowhere = portOf(gone);
    gone.close();
    await once(gone, 'close');
    const between = await TcpGate.open(() => [nowhere, portOf(server)]);
    for (const text of ['one', 'two']) {
      const client = connect({ host: '127.0.0.1', port: between.port });
      clients.push(client);
      expect(await answerTo(client, text)).toBe(text.toUpperCase());
    }
    await between.close();
  });
});
