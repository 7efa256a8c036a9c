import { describe, expect, it } from '@jest/globals';
import { StorageUnavailable } from '../engine/commands/storage.refusals.js';
import { StoreUnavailable } from '../engine/event-store/event-store.port.js';
import { type Log } from '../platform/observability/log.js';
import { onceReachable } from './once-reachable.js';

const said: object[] = [];
const log = { warn: (fields: object) => said.push(fields) } as unknown as Log;

describe('a start', () => {
  it.each<Error>([
    new StorageUnavailable(new Error('time-out')),
    new StoreUnavailable('the event log does not answer'),
    Object.assign(new Error('said nothing'), { code: 'ETIMEDOUT' }),
  ])('waits for a store that is away, and says for what: %s', async (failure) => {
    said.length = 0;
    let asked = 0;
    const answer = await onceReachable('event store', log, undefined, () => {
      asked += 1;
      return asked < 2 ? Promise.reject(failure) : Promise.resolve('here');
    });
    expect(answer).toBe('here');
    expect(said).toEqual([
      { action: 'waiting_for_store', store: 'event store', retry_in_ms: 100, error_message: failure.message },
    ]);
  });

  it('does not wait for what will never come, nor once it is told to stop', async () => {
    const never = onceReachable('database', log, undefined, () => Promise.reject(new Error('password is wrong')));
    await expect(never).rejects.toThrow('password is wrong');
    const stopped = onceReachable('database', log, AbortSignal.abort(), () =>
      Promise.reject(new StoreUnavailable('away')),
    );
    await expect(stopped).rejects.toThrow('away');
  });
});
