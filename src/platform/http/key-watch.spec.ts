import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { KeySweep } from './key-watch.js';

describe('the watch over keys', () => {
  it('tells all who watch a key, and nobody else', async () => {
    const closed = new Set<string>();
    const asked: string[] = [];
    const sweep = new KeySweep(
      (keyId) => {
        asked.push(keyId);
        return Promise.resolve(!closed.has(keyId));
      },
      () => undefined,
    );
    const told: string[] = [];
    const other = sweep.closed('other').subscribe(() => told.push('other'));
    closed.add('mine');
    await Promise.all([firstValueFrom(sweep.closed('mine')), firstValueFrom(sweep.closed('mine'))]);
    expect(told).toEqual([]);
    expect(asked.filter((keyId) => keyId === 'mine')).toHaveLength(1);
    other.unsubscribe();
  });

  it('leaves a key alone while nobody can say', async () => {
    const failures: unknown[] = [];
    let tries = 0;
    const sweep = new KeySweep(
      () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve(false);
      },
      (cause) => failures.push(cause),
    );
    await firstValueFrom(sweep.closed('mine'));
    expect([tries, failures.length]).toEqual([2, 1]);
  });
});
