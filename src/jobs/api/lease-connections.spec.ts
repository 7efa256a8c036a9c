import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import { KeyWatch } from '../../platform/http/key-watch.js';
import { type SlowAnswers } from '../leasing/slow-answers.js';
import { type UndeliveredLease, type UndeliveredLeases } from '../leasing/undelivered-leases.js';
import { LeaseConnections } from './lease-connections.js';

class Socket extends EventEmitter {
  writableFinished = false;
  destroyed = false;
  readonly socket = { readableEnded: false, destroyed: false };
  statusCode = 200;
}

const lease = { jobId: 'j1', leaseId: 'l1' };
let back: UndeliveredLease[];
let arrived: string[];
let socket: Socket;
let revoked: Subject<void>;

class Keys extends KeyWatch {
  closed(): Subject<void> {
    return revoked;
  }

  override readonly isConfirmed = true;
}

let connections: LeaseConnections;
beforeEach(() => {
  back = [];
  arrived = [];
  socket = new Socket();
  revoked = new Subject();
  const undelivered = { takeBack: (leases: readonly UndeliveredLease[]) => back.push(...leases) };
  const answers = {
    watch: ([leaseId = '']: readonly string[]) => ({ end: () => undefined, arrived: () => arrived.push(leaseId) }),
  };
  connections = new LeaseConnections(
    1_000,
    new Keys(),
    undelivered as unknown as UndeliveredLeases,
    answers as unknown as SlowAnswers,
  );
});

const open = () =>
  connections.open({ caller: { keyId: 'k1' } } as FastifyRequest, { raw: socket } as unknown as FastifyReply);

describe('a lease on its way to its worker', () => {
  it('stays where its answer has left whole', async () => {
    expect(await open().give([lease])).toBe(true);
    socket.writableFinished = true;
    socket.emit('close');
    expect(back).toEqual([]);
    expect(arrived).toEqual(['l1']);
  });

  it('is taken back when the connection ends before the answer has left', async () => {
    await open().give([lease]);
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  it('is taken back when the answer became an error after all', async () => {
    await open().give([lease]);
    Object.assign(socket, { writableFinished: true, statusCode: 500 });
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  it('is taken back when its worker had gone before', async () => {
    const worker = open();
    socket.emit('close');
    expect(worker.signal.aborted).toBe(true);
    expect(await worker.give([lease])).toBe(false);
    expect(back).toEqual([lease]);
  });

  it('is taken back when its worker had gone before it was looked at', async () => {
    socket.destroyed = true;
    const worker = open();
    expect(worker.signal.aborted).toBe(true);
    expect(revoked.observed).toBe(false);
    expect(await worker.give([lease])).toBe(false);
    expect(back).toEqual([lease]);
  });

  it('is taken back when that its worker had gone is read behind the claim', async () => {
    const worker = open();
    const isGiven = worker.give([lease]);
    // What comes with the next reading of the connections, one turn on.
    setImmediate(() => (socket.socket.readableEnded = true));
    expect(await isGiven).toBe(false);
    Object.assign(socket, { writableFinished: true });
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  it('is taken back when the key was revoked while it was granted', async () => {
    const worker = open();
    revoked.next();
    expect(await worker.give([lease])).toBe(false);
    Object.assign(socket, { writableFinished: true });
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  describe('while the process stands still behind the last look at its worker', () => {
    const answeredAfter = async (standstillMs: number): Promise<void> => {
      const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
      try {
        await open().give([lease]);
        clock.mockReturnValue(1_000 + standstillMs);
        socket.emit('prefinish');
        // However long its worker takes to read it.
        clock.mockReturnValue(60_000);
        socket.writableFinished = true;
        socket.emit('close');
      } finally {
        clock.mockRestore();
      }
    };
    const turns = async (): Promise<void> => {
      for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
    };

    it('is taken back where its worker has hung up meanwhile, though the answer was written', async () => {
      await answeredAfter(4_000);
      setImmediate(() => (socket.socket.readableEnded = true));
      await turns();
      expect([back, arrived]).toEqual([[lease], []]);
    });

    it('is looked after as well where it stood still for little more than a tenth of a second', async () => {
      await answeredAfter(110);
      setImmediate(() => (socket.socket.readableEnded = true));
      await turns();
      expect([back, arrived]).toEqual([[lease], []]);
    });

    it('stays where its worker is there', async () => {
      await answeredAfter(4_000);
      await turns();
      expect([back, arrived]).toEqual([[], ['l1']]);
    });

    it('stays where its worker takes the answer and hangs up at once', async () => {
      await answeredAfter(20);
      socket.socket.readableEnded = true;
      await turns();
      expect([back, arrived]).toEqual([[], ['l1']]);
    });
  });
});
