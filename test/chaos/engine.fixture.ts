import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { openEmbeddedPostgres } from '../../src/platform/postgres/embedded/embedded-postgres.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { logOn, storeUnderTest } from '../support/event-store-under-test.js';
import { type LoggedEvent } from '../support/history-checker.js';

const silent = (): void => undefined;

interface LogRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** The whole log of engines with this data folder, as it lies in the embedded store or on EventStoreDB. */
export async function logOf(dataDir: string): Promise<LoggedEvent[]> {
  return storeUnderTest() === 'postgres' ? await logInFolder(dataDir) : (await logOn(dataDir)).map(loggedFrom);
}

const loggedFrom = ({ position, stream, revision, id, event, metadata }: Recorded): LoggedEvent => ({
  ...{ position, stream, revision, eventId: id, type: event.type, at: metadata.at },
  data: event.data as LoggedEvent['data'],
  // What was written by JSON.stringify is written by it in the same way again.
  written: { data: JSON.stringify(event.data), metadata: JSON.stringify(metadata) },
});

async function logInFolder(dataDir: string): Promise<LoggedEvent[]> {
  const server = await openEmbeddedPostgres({ dataDir, leaveRunning: true, log: { info: silent, warn: silent } });
  const client = new pg.Client({ connectionString: server.connectionString('forgerun') });
  await client.connect();
  try {
    const { rows } = await client.query<LogRow>('select * from forgerun_log.events order by position');
    return rows.map((row) => ({
      position: BigInt(row.position),
      stream: row.stream,
      revision: Number(row.revision),
      eventId: row.event_id,
      type: row.type,
      data: JSON.parse(row.data) as LoggedEvent['data'],
      at: (JSON.parse(row.metadata) as { at: number }).at,
      written: { data: row.data, metadata: row.metadata },
    }));
  } finally {
    await client.end();
    await server.stop();
  }
}

/** Kills the embedded Postgres itself, as a machine that fails would. */
export async function killPostgres(dataDir: string): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
  process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
}

/**
 * Sends a request until it is answered for good: no answer, or one that says the engine is away, leaves it open whether
 * anything was stored, and only a request that may be repeated gets to know. Null when told to give up.
 */
export async function answered<Body>(
  send: () => Promise<ApiAnswer<Body>>,
  giveUp: AbortSignal,
  isFinal = (answer: ApiAnswer<Body>): boolean => answer.status < 500 && answer.status !== 429,
): Promise<ApiAnswer<Body> | null> {
  while (!giveUp.aborted) {
    try {
      const answer = await send();
      if (isFinal(answer)) return answer;
    } catch (error) {
      // The connection was refused or cut: the engine is down at this moment.
      if (!/^(fetch failed|terminated)$/.test((error as Error).message)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return null;
}

/** How many of a client's jobs are in these states, up to 200. */
export async function countIn(api: Api, states: string): Promise<number> {
  const path = `/v1/jobs?limit=200&state=${states}`;
  const { body } = await api.until<{ items: unknown[] }>(path, ({ status }) => status === 200);
  return body.items.length;
}

/** The same choices for the same seed, so that a failure can be looked at again. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
