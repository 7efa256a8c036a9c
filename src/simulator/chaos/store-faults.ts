import { pause } from '../../platform/async/pause.js';
import { Signal } from '../../platform/async/signal.js';
import { sleep } from '../../platform/clock/timer.js';
import { canLookUp } from '../target/processes.js';
import { type Fleet } from '../target/fleet.js';
import { type Random } from '../plan/random.js';
import { clockLeads } from '../target/database-clock.js';
import { type Begun, type Fault, moments, oneOf, possible } from './fault.js';

const maxRecoveryMs = 60_000;
const betweenTriesMs = 100;
/** As long as a connection may stand in a transaction. */
const maxLockMs = 60_000;

/** A fault of the whole database, or of the store beside it. */
const frozen: Fault = {
  name: 'store-pause',
  about: 'all processes of the database, or of the event store, stand still',
  lastsMs: moments.long,
  obstacle: () => (canLookUp ? null : 'processes cannot be looked up here'),
  begin: async ({ fleet, random }) => {
    const [server, target] =
      fleet.store === null || random.happens(0.5)
        ? ([fleet.database, 'database'] as const)
        : ([fleet.store, 'store'] as const);
    const thaw = await server.freeze();
    return {
      target,
      end: async () => {
        thaw();
        await Promise.resolve();
      },
    };
  },
};

/** What happens to the servers behind the engines. */
export const storeFaults: readonly Fault[] = [
  frozen,
  {
    name: 'store-kill',
    about: 'the database is ended with SIGKILL, and starts again',
    lastsMs: moments.none,
    obstacle: possible,
    begin: async ({ fleet }) => {
      await fleet.database.kill();
      return { target: 'database', end: () => answering(fleet) };
    },
  },
  {
    name: 'backends',
    about: 'every connection of the database is terminated',
    lastsMs: moments.none,
    obstacle: possible,
    begin: async ({ fleet }) => {
      await fleet.database.ask(async (client) => {
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where pid <> pg_backend_pid() and backend_type = 'client backend' and datname = current_database()`,
        );
      });
      return { target: 'database', end: () => Promise.resolve() };
    },
  },
  {
    name: 'lock',
    about: 'a table is locked against everything',
    lastsMs: moments.long,
    obstacle: possible,
    begin: ({ fleet, random }) => lockOne(fleet, random),
  },
  {
    name: 'disk-full',
    about: 'the disk of the database has no room left',
    lastsMs: moments.long,
    obstacle: ({ fleet }) => (fleet.database.hasOwnDisk ? null : 'it takes the right to mount a disk of its own'),
    begin: async ({ fleet }) => {
      const free = await fleet.database.fillDisk();
      return {
        target: 'database',
        end: async () => {
          await free();
          await answering(fleet);
        },
      };
    },
  },
  {
    name: 'clock',
    about: 'the clock of the database jumps, and jumps back',
    lastsMs: moments.long,
    obstacle: possible,
    begin: async ({ fleet, random }) => {
      const seconds = random.happens(0.5) ? random.between(2, 30) : -random.between(2, 30);
      await fleet.database.ask((client) => clockLeads(client, seconds * 1_000));
      return {
        target: `database, by ${seconds} s`,
        end: () => fleet.database.ask((client) => clockLeads(client, 0)),
      };
    },
  },
];

/** Resolves once the database answers again. */
async function answering(fleet: Fleet): Promise<void> {
  const until = performance.now() + maxRecoveryMs;
  for (;;)
    try {
      await fleet.database.ask(async (client) => {
        await client.query('select');
      });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(betweenTriesMs);
    }
}

/** However it ended: what is asked is whether the lock was held. */
const isOver = (): boolean => false;

/** Locks a table of the engine's until it is ended. */
async function lockOne(fleet: Fleet, random: Random): Promise<Begun> {
  const release = new AbortController();
  const locked = new Signal();
  let target = '';
  const holding = fleet.database.ask(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname like 'forgerun%' order by schemaname, tablename`,
    );
    target = oneOf(rows, random).name;
    await client.query('begin');
    await client.query(`lock table ${target} in access exclusive mode`);
    locked.notify();
    await pause(maxLockMs, release.signal);
    await client.query('rollback');
  });
  // A transaction that holds it for long keeps this from getting it; then there is nothing to end, and the report says so.
  const isHeld = await Promise.race([locked.sleep(), holding.then(isOver, isOver)]);
  return {
    target: isHeld ? target : `${target}, which was not to be had`,
    end: async () => {
      release.abort();
      await holding.then(isOver, isOver);
    },
  };
}
