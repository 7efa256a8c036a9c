import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import { KeyWatch } from '../../platform/http/key-watch.js';
import type { UndeliveredLease, UndeliveredLeases } from '../dispatch/undelivered-leases.js';
import { LeaseDoor } from './lease-door.js';

class Socket extends EventEmitter {
  writableFinished = false;
  destroyed = false;
  readonly socket = { readableEnded: false };
  statusCode = 200;
}

const lease = { jobId: 'j1', leaseId: 'l1' };
let back: UndeliveredLease[];
let socket: Socket;
let revoked: Subject<void>;

class Keys extends KeyWatch {
  closed(): Subject<void> {
    return revoked;
  }

  override readonly isConfirmed = true;
}

let door: LeaseDoor;
beforeEach(() => {
  back = [];
  socket = new Socket();
  revoked = new Subject();
  const undelivered = { takeBack: (leases: readonly UndeliveredLease[]) => back.push(...leases) };
  door = new LeaseDoor(1_000, new Keys(), undelivered as unknown as UndeliveredLeases);
});

const open = () => door.open({ caller: { keyId: 'k1' } } as FastifyRequest, { raw: socket } as unknown as FastifyReply);

describe('a lease on its way to its worker', () => {
  it('stays where its answer has left whole', async () => {
    expect(await open().give([lease])).toBe(true);
    socket.writableFinished = true;
    socket.emit('close');
    expect(back).toEqual([]);
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

  it('is taken back when its worker had gone before it came to the door', async () => {
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
});
