import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, type PoolClient } from 'pg';
import { Checkpoints } from '../../src/engine/followers/checkpoints.js';
import { Superseded } from '../../src/engine/followers/failures.js';
import { Leadership, type LeadershipOptions, type Term } from '../../src/engine/followers/leadership.js';
import { poolAt, type TestDatabase, testDatabase } from '../support/postgres.js';

/** Far more than a test takes: what happens before it happened for another reason. */
const forEver = 600_000;

describe('leadership', () => {
  let database: TestDatabase;
  let admin: Pool;
  const open: Leadership[] = [];
  const candidate = (name: string, options: LeadershipOptions = {}): Leadership => {
    const { connectionString } = database;
    const limits = { pollMs: 20, silenceMs: forEver, goneMs: forEver, ...options };
    const leadership = new Leadership({ connectionString, application_name: name }, limits);
    leadership.start();
    open.push(leadership);
    return leadership;
  };
  const never = new AbortController().signal;
  const soon = (): AbortSignal => AbortSignal.timeout(200);
  const elected = async (leadership: Leadership, name: string): Promise<Term> => {
    const term = await leadership.elect(name, never);
    if (term === null) throw new Error(`nobody runs ${name}`);
    return term;
  };
  const cut = async (name: string): Promise<void> => {
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1`, [name]);
  };
  /** Holds up every renewal of the node that runs a name, as a process that is frozen holds up its own. */
  const freeze = async (name: string): Promise<PoolClient> => {
    const client = await admin.connect();
    await client.query('BEGIN');
    await client.query(
      `select from forgerun_engine.nodes n join forgerun_engine.terms t using (node_id) where t.name = $1 for update of n`,
      [name],
    );
    return client;
  };
  const thaw = async (client: PoolClient): Promise<void> => {
    await client.query('ROLLBACK');
    client.release();
  };

  beforeAll(async () => {
    database = await testDatabase();
    admin = poolAt(database.connectionString, 3);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((leadership) => leadership.stop()));
    await admin.query(
      'truncate forgerun_engine.terms, forgerun_engine.nodes, forgerun_engine.checkpoints, forgerun_engine.uptimes',
    );
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  it('belongs to one process at a time, name by name', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    const term = await elected(one, 'jobs');
    expect(await two.elect('jobs', soon())).toBeNull();
    await elected(two, 'reports');
    await term.resign();
    await elected(two, 'jobs');
  });

  it('is free at once when its process stops, also what was not resigned', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    await elected(one, 'jobs');
    open.splice(open.indexOf(one), 1);
    await one.stop();
    await elected(two, 'jobs');
  });

  it('stays with a process that lives on when its session is cut', async () => {
    const [one, two] = [candidate('one', { goneMs: 2_000 }), candidate('two', { goneMs: 2_000 })];
    const term = await elected(one, 'jobs');
    for (let round = 0; round < 3; round += 1) {
      await cut('one');
      expect(await two.elect('jobs', soon())).toBeNull();
    }
    expect(term.lost.aborted).toBe(false);
  });

  it('passes on from a process that is silent, though its session stands, and is known to be lost', async () => {
    const [one, two] = [candidate('one'), candidate('two', { silenceMs: 300 })];
    const term = await elected(one, 'jobs');
    const frozen = await freeze('jobs');
    const heir = await elected(two, 'jobs');
    expect(heir.number).toBeGreaterThan(term.number);
    const lost = once(term.lost, 'abort');
    await thaw(frozen);
    await lost;
    // It stands by from now on, and what it gives up is no longer its own.
    await term.resign();
    expect(await one.elect('jobs', soon())).toBeNull();
    expect(heir.lost.aborted).toBe(false);
  });

  it('passes on sooner from a process whose session is gone, too', async () => {
    const [one, two] = [candidate('one'), candidate('two', { goneMs: 100 })];
    await elected(one, 'jobs');
    const frozen = await freeze('jobs');
    expect(await two.elect('jobs', soon())).toBeNull();
    await cut('one');
    await elected(two, 'jobs');
    await thaw(frozen);
  });

  it('does not wait for a date that was written before the clock was set back', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    await elected(one, 'jobs');
    const frozen = await freeze('jobs');
    await frozen.query(`update forgerun_engine.nodes set renewed_at = renewed_at + interval '1 hour'
      where node_id = (select node_id from forgerun_engine.terms where name = 'jobs')`);
    await frozen.query('COMMIT');
    await frozen.query(`BEGIN`);
    await frozen.query(`select from forgerun_engine.nodes where renewed_at > clock_timestamp() for update`);
    await elected(two, 'jobs');
    await thaw(frozen);
  });

  it('is lost to a process that cannot renew for so long that others have stopped waiting', async () => {
    const one = candidate('one', { silenceMs: 300 });
    const term = await elected(one, 'jobs');
    const lost = once(term.lost, 'abort');
    await admin.query('alter table forgerun_engine.nodes rename to nodes_away');
    await lost;
    await admin.query('alter table forgerun_engine.nodes_away rename to nodes');
    await elected(one, 'jobs');
  });

  it('numbers its terms so that a later one fences an earlier one off at the checkpoint, in whatever order they come', async () => {
    await admin.query(`insert into forgerun_engine.checkpoints (name, version, epoch) values ('jobs', 1, 41)`);
    const checkpoints = new Checkpoints(admin);
    const one = candidate('one');
    const first = await elected(one, 'jobs');
    expect(first.number).toBe(42n);
    await first.resign();
    const second = await elected(candidate('two'), 'jobs');
    expect((await checkpoints.take('jobs', 1, second.number)).epoch).toBe(second.number);
    // Elected first, and held up on its way to the checkpoint.
    await expect(checkpoints.take('jobs', 1, first.number)).rejects.toThrow(Superseded);
    expect((await checkpoints.load('jobs', 1)).epoch).toBe(second.number);
  });

  it('keeps when something was there to fire timers, and when nothing was', async () => {
    const stretches = async (): Promise<number> => {
      const { rows } = await admin.query<{ count: number }>('select count(*)::int from forgerun_engine.uptimes');
      return rows[0]?.count ?? 0;
    };
    const renewals = async (wanted: () => Promise<boolean>): Promise<void> => {
      while (!(await wanted())) await sleep(5);
    };
    candidate('other');
    const one = candidate('one', { firesTimers: true });
    await renewals(async () => (await stretches()) === 1);
    open.splice(open.indexOf(one), 1);
    await one.stop();
    await admin.query(
      `update forgerun_engine.uptimes set began_at = began_at - interval '1 hour', renewed_at = renewed_at - interval '6 s'`,
    );
    const heir = candidate('heir', { firesTimers: true, silenceMs: 5_000 });
    candidate('beside', { firesTimers: true, silenceMs: 5_000 });
    await renewals(async () => (await stretches()) >= 2);
    await elected(heir, 'jobs');
    const { rows } = await admin.query<{ gap: number }>(
      `select extract(epoch from min(began_at) filter (where began_at > clock_timestamp() - interval '1 minute') - min(renewed_at))::float8 as gap
         from forgerun_engine.uptimes`,
    );
    expect(rows[0]?.gap).toBeGreaterThan(5);
  });
});
