import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type AppendOutcome, StoreUnavailable } from '../../src/engine/event-store/event-store.port.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { LogFile } from '../support/eventstoredb/log-file.js';
import { spawnTs, type TsProcess } from '../support/spawn-ts.js';
import { newCategory, newEvent } from './event-store.cases.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-whole-'));
const file = join(folder, 'log.jsonl');
let server: TsProcess | null = null;
afterAll(async () => {
  server?.child.kill('SIGKILL');
  await server?.ended;
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();
/** How many events of each stream the server holds. */
function stored(): ReadonlyMap<string, number> {
  const log = LogFile.open(file);
  log.close();
  const counts = new Map<string, number>();
  for (const { stream } of log.records) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return counts;
}

describe('an append of several events', () => {
  it('is stored whole or not at all, also where a server stands still that has read a part of it', async () => {
    server = spawnTs('test/support/eventstoredb/server-main.ts', [file, '0']);
    const { connectionString } = JSON.parse(await server.line()) as { connectionString: string };
    const store = await given.store(connectionString, { attemptMs: 500, retryMs: 700, answerMs: 700 });
    const category = newCategory();
    // More than a connection takes while the other side reads nothing: some are cut off between two of their events.
    const data = { text: 'x'.repeat(1_500) };
    const append = async (stream: string): Promise<AppendOutcome['kind'] | 'untouched'> => {
      const events = [newEvent('One', data), newEvent('Two', data), newEvent('Three', data)];
      try {
        return (await store.append({ stream, expected: 'no_stream', events })).kind;
      } catch (error) {
        if (error instanceof StoreUnavailable) return 'untouched';
        throw error;
      }
    };
    while ((await append(`${category}-before`)) === 'unknown');
    server.child.kill('SIGSTOP');
    const streams = Array.from({ length: 60 }, (_, n) => `${category}-${n}`);
    await Promise.all(streams.map(append));
    server.child.kill('SIGCONT');
    // It comes to what was sent before, too.
    for (let n = 0; (await append(`${category}-after${n}`)) !== 'appended'; n += 1);
    const counts = stored();
    expect(streams.filter((stream) => ![0, 3].includes(counts.get(stream) ?? 0))).toEqual([]);
  }, 240_000);
});
