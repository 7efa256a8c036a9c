import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, NEVER, Subject } from 'rxjs';
import { RevocationPoller, type RevocationPollerParts } from './key-watch.js';

const sweepBy = (
  isOpen: RevocationPollerParts['isOpen'],
  parts: Partial<RevocationPollerParts> = {},
): RevocationPoller =>
  new RevocationPoller({ isOpen, isConfirmed: () => true, revoked: NEVER, failed: () => undefined, ...parts });

describe('the watch over keys', () => {
  it('tells all who watch a key, and nobody else', async () => {
    const closed = new Set<string>();
    const asked: string[] = [];
    const sweep = sweepBy((keyId) => {
      asked.push(keyId);
      return Promise.resolve(!closed.has(keyId));
    });
    const closedIds: string[] = [];
    const other = sweep.closed('other').subscribe(() => closedIds.push('other'));
    closed.add('mine');
    await Promise.all([firstValueFrom(sweep.closed('mine')), firstValueFrom(sweep.closed('mine'))]);
    expect(closedIds).toEqual([]);
    expect(asked.filter((keyId) => keyId === 'mine')).toHaveLength(1);
    other.unsubscribe();
  });

  it('leaves a key alone while nobody can say', async () => {
    const failures: unknown[] = [];
    let tries = 0;
    const sweep = sweepBy(
      () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve(false);
      },
      { failed: (cause) => failures.push(cause) },
    );
    await firstValueFrom(sweep.closed('mine'));
    expect([tries, failures.length]).toEqual([2, 1]);
  });

  it('tells of a key that is revoked at once, without looking', () => {
    const revoked = new Subject<string>();
    const sweep = sweepBy(() => Promise.resolve(true), { revoked });
    const closedIds: string[] = [];
    sweep.closed('mine').subscribe(() => closedIds.push('mine'));
    const other = sweep.closed('other').subscribe(() => closedIds.push('other'));
    revoked.next('mine');
    expect(closedIds).toEqual(['mine']);
    other.unsubscribe();
  });
});
