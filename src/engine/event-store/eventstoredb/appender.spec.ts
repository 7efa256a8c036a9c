import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../../platform/clock/timer.js';
import { Appender } from './appender.js';
import { type Connection } from './connection.js';
import { type LogReader } from './log-reader.js';
import { type EventStoreDbOptions, settingsFrom } from './options.js';
import { type Append, type AppendOutcome } from '../event-store.port.js';
import { type OneAppend } from './append-call.js';
import { type EventMetadata } from '../../../kernel/recorded.js';

const stored: AppendOutcome = { kind: 'appended', revision: 0, position: 1n, stored: 'now' };

/** The store is played by the work that is handed over. */
const appenderWith = (options: EventStoreDbOptions): Appender =>
  new Appender(null as unknown as Connection, null as unknown as LogReader, settingsFrom(options));

describe('an append whose attempts time out', () => {
  it('is sent again for as long as the store stores others', async () => {
    const appender = appenderWith({ retryMs: 1_000 });
    let others = 0;
    const late = appender.settle('late', async () => {
      if (others < 20) throw new Error('no answer in time');
      return await Promise.resolve(stored);
    });
    while (others < 20) {
      await appender.settle('other', async () => {
        await sleep(100);
        return stored;
      });
      others += 1;
    }
    expect(await late).toEqual(stored);
  });

  it('is of unknown outcome when it alone is never stored', async () => {
    const appender = appenderWith({ retryMs: 200, answerMs: 600 });
    const over = new AbortController();
    const late = appender
      .settle('late', () => Promise.reject(new Error('no answer in time')))
      .finally(() => {
        over.abort();
      });
    while (!over.signal.aborted)
      await appender.settle('other', async () => {
        await sleep(20);
        return stored;
      });
    expect(await late).toMatchObject({ kind: 'unknown' });
  });

  it('is sent again by a process that had no time to hear the answer', async () => {
    const appender = appenderWith({ retryMs: 1_000 });
    let attempts = 0;
    const outcome = await appender.settle('late', async () => {
      attempts += 1;
      const until = performance.now() + 1_500;
      if (attempts === 1) while (performance.now() < until);
      if (attempts === 1) throw new Error('no answer in time');
      return await Promise.resolve(stored);
    });
    expect(outcome).toEqual(stored);
  });
});

describe('appends of one caller to several streams', () => {
  it('are not sent after some that the store left without an answer', async () => {
    const sent = new Set<string>();
    const silent = {
      append(appends: readonly OneAppend[]) {
        for (const { stream } of appends) sent.add(stream);
        return appends.map(() => Promise.reject(new Error('no answer in time')));
      },
    } as unknown as Connection;
    const appender = new Appender(silent, null as unknown as LogReader, settingsFrom({ retryMs: 100 }));
    const events = [{ id: 'one', event: { type: 'Sent', data: {} }, metadata: {} as EventMetadata }];
    const appends = Array.from({ length: 100 }, (_, n): Append => ({
      stream: `s-${n}`,
      expected: 'no_stream',
      events,
    }));
    const outcomes = await appender.appendMany(appends);
    expect(outcomes.map(({ kind }) => kind)).toEqual(appends.map(() => 'unknown'));
    expect([...sent]).toEqual(appends.slice(0, 32).map(({ stream }) => stream));
  });
});
