import { describe, expect, it } from '@jest/globals';
import { LeaseBoard } from './lease-board.js';

const longMs = 600_000;
const never = new AbortController().signal;

describe('a board of leases', () => {
  it('counts the leases of each job', () => {
    const board = new LeaseBoard();
    expect(['a', 'b', 'a', 'a'].map((jobId) => board.post(jobId))).toEqual([1, 1, 2, 3]);
  });

  it('wakes who waits for a job at its next lease, and not at that of another', async () => {
    const board = new LeaseBoard();
    board.post('a');
    let isAwake = false;
    const waiting = board.again('a', longMs, never).then(() => {
      isAwake = true;
    });
    board.post('b');
    await Promise.resolve();
    expect(isAwake).toBe(false);
    board.post('a');
    await waiting;
  });

  it('lets go after a time, and when it is told to', async () => {
    const board = new LeaseBoard();
    await board.again('a', 1, never);
    const stop = new AbortController();
    const waiting = board.again('a', longMs, stop.signal);
    stop.abort();
    await waiting;
  });
});
