import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type AppendOutcome, type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { type ServerOrder } from '../support/eventstoredb/server-main.js';
import { spawnTs, type TsProcess } from '../support/spawn-ts.js';
import { collect, newCategory, newEvent } from './event-store.cases.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-crash-'));
const processes: TsProcess[] = [];
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();
const streams = 24;
/** Events that are written between two blows, so that each meets a server with work under way. */
const roundEvents = 2 * streams;

interface Started {
  readonly connectionString: string;
  readonly port: number;
}

async function start(file: string, port: number): Promise<{ process: TsProcess; address: Started }> {
  const process = spawnTs('test/support/eventstoredb/server-main.ts', [file, String(port)]);
  processes.push(process);
  const address = JSON.parse(await process.line()) as Started;
  process.say(JSON.stringify({ misbehave: { timeoutAfterStoring: 0.05 } }));
  return { process, address };
}

/** Appends one event after another to its own stream until told to stop; an unknown outcome is settled by the same again. */
async function write(
  store: EventStore,
  stream: string,
  isOver: () => boolean,
  onWritten: () => void,
): Promise<string[]> {
  const ids: string[] = [];
  while (!isOver()) {
    const event = newEvent();
    const expected = ids.length === 0 ? 'no_stream' : ids.length - 1;
    let outcome: AppendOutcome;
    do outcome = await store.append({ stream, expected, events: [event] });
    while (outcome.kind === 'unknown');
    expect(outcome).toMatchObject({ kind: 'appended', revision: ids.length });
    ids.push(event.id);
    onWritten();
  }
  return ids;
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a server of EventStoreDB that is killed and deposed under load, and loses one answer in twenty', () => {
  it('costs no event and doubles none, for writers and for a reader', async () => {
    const file = join(folder, 'log.jsonl');
    let { process, address } = await start(file, 0);
    const store = await given.store(address.connectionString, { silenceMs: 1000 });
    const category = newCategory();
    const filter = { streamPrefixes: [`${category}-`] };
    const seen = collect(store, { after: null, filter });
    let over = false;
    let written = 0;
    const writing = Promise.all(
      Array.from({ length: streams }, (_, n) =>
        write(
          store,
          `${category}-${n}`,
          () => over,
          () => (written += 1),
        ),
      ),
    );
    const round = async (): Promise<void> => {
      for (const goal = written + roundEvents; written < goal;) await pass(10);
    };
    for (let kill = 0; kill < 2; kill += 1) {
      await round();
      process.child.kill('SIGKILL');
      await process.ended;
      ({ process, address } = await start(file, address.port));
    }
    await round();
    // A leader that must truncate ends without a fault of its own, and its supervisor starts it again.
    process.say(JSON.stringify({ deposedAfterMs: 300 } satisfies ServerOrder));
    expect(await process.ended).toBe(0);
    ({ process, address } = await start(file, address.port));
    await round();
    // Half-open for a while: the connection stays, and no answer comes.
    process.child.kill('SIGSTOP');
    await pass(1500);
    process.child.kill('SIGCONT');
    over = true;
    const acknowledged = await writing;
    const stored = await store.readStreams(acknowledged.map((_, n) => `${category}-${n}`));
    expect(stored.map(({ events }) => events.map(({ id }) => id))).toEqual(acknowledged);
    expect(stored.every(({ events }) => events.every(({ revision }, n) => revision === n))).toBe(true);
    const total = acknowledged.flat().length;
    expect(total).toBeGreaterThanOrEqual(4 * roundEvents);
    await seen.until(total);
    const inLog = await store.readAll({ limit: total + 1, filter });
    expect(seen.events.map(({ id }) => id)).toEqual(inLog.map(({ id }) => id));
    await seen.stop();
  }, 600_000);
});
