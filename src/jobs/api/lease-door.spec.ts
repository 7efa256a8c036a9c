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
  it('stays where its answer has left whole', () => {
    expect(open().give([lease])).toBe(true);
    socket.writableFinished = true;
    socket.emit('close');
    expect(back).toEqual([]);
  });

  it('is taken back when the connection ends before the answer has left', () => {
    open().give([lease]);
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  it('is taken back when the answer became an error after all', () => {
    open().give([lease]);
    Object.assign(socket, { writableFinished: true, statusCode: 500 });
    socket.emit('close');
    expect(back).toEqual([lease]);
  });

  it('is taken back when its worker had gone before', () => {
    const worker = open();
    socket.emit('close');
    expect(worker.signal.aborted).toBe(true);
    expect(worker.give([lease])).toBe(false);
    expect(back).toEqual([lease]);
  });

  it('is taken back when its worker had gone before it came to the door', () => {
    socket.destroyed = true;
    const worker = open();
    expect(worker.signal.aborted).toBe(true);
    expect(revoked.observed).toBe(false);
    expect(worker.give([lease])).toBe(false);
    expect(back).toEqual([lease]);
  });

  it('is taken back when the key was revoked while it was granted', () => {
    const worker = open();
    revoked.next();
    expect(worker.give([lease])).toBe(false);
    Object.assign(socket, { writableFinished: true });
    socket.emit('close');
    expect(back).toEqual([lease]);
  });
});
