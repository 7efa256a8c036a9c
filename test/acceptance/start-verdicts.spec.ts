import { randomBytes } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import { newDataDir, runEngineProcess, startEngineProcess } from '../support/engine-process.js';
import { type EventStoreDbServer } from '../support/eventstoredb/server.js';
import { type TestDatabase } from '../support/postgres.js';
import {
  ask,
  canForbid,
  canMount,
  type Env,
  forbidden,
  live,
  on,
  onDisk,
  Opened,
  operate,
  runDoctor,
} from './start-verdicts.fixture.js';

// Each case is two processes or more, on a machine that may have other work.
jest.setTimeout(240_000);

/** Where a start ends, and the words in which both it and the doctor say why. */
interface Misfit {
  readonly env: Env;
  readonly says: RegExp;
  readonly exit: 78 | 1;
  readonly dataDir?: string;
}

const stream = 'installation-log';
const opened = new Opened();
afterAll(() => opened.close());

const adopting = (installation: string): Env => ({ FORGERUN_ADOPT_LOG: installation });
const password = randomBytes(9).toString('hex');

/** Another user of the same database. */
async function asUser({ connectionString }: TestDatabase, ...queries: readonly string[]): Promise<string> {
  const user = `u${randomBytes(6).toString('hex')}`;
  await ask(connectionString, `create role ${user} login password '${password}'`, ...queries);
  opened.add(() => ask(connectionString, `drop owned by ${user}`, `drop role ${user}`));
  return connectionString.replace(/\/\/[^@]*@/, `//${user}:${password}@`);
}

async function ofSetting(setting: string): Promise<Env> {
  const database = await opened.database();
  const name = database.connectionString.split('/').at(-1) ?? '';
  await ask(database.connectionString, `alter database ${name} set ${setting}`);
  return on(database, database);
}

/** A log, the database that belongs to it, and its installation; shared by the cases that change neither. */
let server: EventStoreDbServer;
let database: TestDatabase;
let installation: string;
beforeAll(async () => {
  server = await opened.server();
  database = await opened.database();
  installation = await live(database, server);
}, 240_000);

const misfits: readonly (readonly [string, () => Promise<Misfit>])[] = [
  [
    'a setting that is no number',
    () => Promise.resolve({ env: { FORGERUN_PORT: 'x' }, says: /FORGERUN_PORT/, exit: 78 }),
  ],
  [
    'a .env that cannot be read',
    async () => {
      const dataDir = await newDataDir();
      await mkdir(join(dataDir, '.env'));
      return { dataDir, env: {}, says: /\.env cannot be read/, exit: 78 };
    },
  ],
  [
    'a port that is taken',
    async () => {
      const taken = net.createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      opened.add(() => new Promise((resolve) => taken.close(resolve)));
      const { port } = taken.address() as net.AddressInfo;
      const env = { ...on(database, server), FORGERUN_PORT: String(port) };
      return { env, says: new RegExp(`port ${port} of 127.0.0.1 is taken`), exit: 1 };
    },
  ],
  [
    'a cluster whose password is gone',
    async () => {
      const dataDir = await newDataDir();
      await mkdir(join(dataDir, 'postgres'));
      return { dataDir, env: {}, says: /postgres\.password is missing/, exit: 1 };
    },
  ],
  [
    'a cluster of another Postgres',
    async () => {
      const dataDir = await newDataDir();
      await mkdir(join(dataDir, 'postgres'));
      await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '9\n');
      await writeFile(join(dataDir, 'postgres.password'), password);
      return { dataDir, env: {}, says: /was made by Postgres 9/, exit: 1 };
    },
  ],
  [
    'a database that a power cut empties',
    async () => ({ env: await ofSetting('synchronous_commit = off'), says: /synchronous_commit is off/, exit: 1 }),
  ],
  [
    'a database that is only read',
    async () => ({ env: await ofSetting('default_transaction_read_only = on'), says: /read_only is on/, exit: 1 }),
  ],
  [
    'a database of another encoding',
    async () => {
      const name = `spec_${process.pid}_${randomBytes(4).toString('hex')}`;
      const { connectionString } = database;
      await ask(connectionString, `create database ${name} encoding 'SQL_ASCII' locale 'C' template template0`);
      opened.add(() => ask(connectionString, `drop database ${name} with (force)`));
      const url = connectionString.replace(/[^/]*$/, name);
      return { env: { ...onDatabase(url), FORGERUN_EVENT_STORE: url }, says: /encoding is SQL_ASCII/, exit: 1 };
    },
  ],
  [
    'a user who may not make schemas',
    async () => {
      const url = await asUser(await opened.database({ empty: true }));
      const env = { ...onDatabase(url), FORGERUN_EVENT_STORE: url };
      return { env, says: /permission denied for database/, exit: 1 };
    },
  ],
  [
    'a password that is wrong',
    async () => {
      const url = (await asUser(database)).replace(password, 'wrong-word');
      const env = { ...onDatabase(url), FORGERUN_EVENT_STORE: url };
      return { env, says: /password authentication failed/, exit: 1 };
    },
  ],
  [
    'a database that is not there',
    () => {
      const url = `${database.connectionString}_not_there`;
      const env = { ...onDatabase(url), FORGERUN_EVENT_STORE: url };
      return Promise.resolve({ env, says: /_not_there.* does not exist/, exit: 1 });
    },
  ],
  [
    'a database of its own kind without a sealing key',
    () =>
      Promise.resolve({
        env: { ...on(database, server), FORGERUN_SEALING_KEY: '' },
        says: /FORGERUN_SEALING_KEY must be set/,
        exit: 78,
      }),
  ],
  [
    'a sealing key that cannot be read',
    () =>
      Promise.resolve({
        env: { ...on(database, server), FORGERUN_SEALING_KEY: 'file:/not/there' },
        says: /FORGERUN_SEALING_KEY names the file .*cannot be read/,
        exit: 78,
      }),
  ],
  [
    'a database that is sealed with another key',
    () =>
      Promise.resolve({
        env: { ...on(database, server), FORGERUN_SEALING_KEY: Buffer.alloc(32, 1).toString('base64') },
        says: /this database is sealed with the key [0-9a-f]{16}/,
        exit: 78,
      }),
  ],
  [
    'an event store that is too old',
    async () => {
      const old = await opened.server({ version: '21.10.2.0' });
      return { env: on(await opened.database(), old), says: /version 21\.10\.2\.0; ForgeRun needs 22\.10/, exit: 78 };
    },
  ],
  [
    'the log of another namespace',
    () =>
      Promise.resolve({
        env: { ...on(database, server), FORGERUN_EVENT_STORE_NAMESPACE: 'acme' },
        says: /belongs to installation .*, namespace acme belongs to no installation/,
        exit: 78,
      }),
  ],
  [
    'the log of another installation',
    async () => {
      const other = await opened.server();
      const itsName = await live(await opened.database(), other);
      return {
        env: on(database, other),
        says: new RegExp(`${installation}.* belongs to installation ${itsName}`),
        exit: 78,
      };
    },
  ],
  [
    'an empty database on a log with a name',
    async () => ({
      env: on(await opened.database(), server),
      says: new RegExp(`FORGERUN_ADOPT_LOG=${installation}`),
      exit: 78,
    }),
  ],
  [
    'an empty database that has no table yet, on a log with a name',
    async () => ({
      env: on(await opened.database({ empty: true }), server),
      says: new RegExp(`FORGERUN_ADOPT_LOG=${installation}`),
      exit: 78,
    }),
  ],
  [
    'an adoption of another log than this one',
    async () => ({
      env: { ...on(await opened.database(), server), ...adopting('00000000-0000-4000-8000-000000000000') },
      says: new RegExp(`names 00000000-.* belongs to installation ${installation}`),
      exit: 78,
    }),
  ],
  [
    'a database that another one has replaced',
    async () => {
      const shared = await opened.server();
      const old = await opened.database();
      await live(await opened.database(), shared, adopting(await live(old, shared)));
      return { env: on(old, shared), says: /Another database has adopted the log/, exit: 78 };
    },
  ],
  [
    'a log whose name its operator has tombstoned',
    async () => {
      const shared = await opened.server();
      const env = on(await opened.lived(shared), shared);
      await operate(shared, (client) => client.tombstoneStream(stream));
      return { env, says: /tombstone.*FORGERUN_ADOPT_LOG=/, exit: 78 };
    },
  ],
  [
    'an empty database on a log whose name was deleted',
    async () => {
      const shared = await opened.server();
      await opened.lived(shared);
      await operate(shared, (client) => client.deleteStream(stream));
      return {
        env: on(await opened.database(), shared),
        says: /does not say whose it is.*FORGERUN_ADOPT_LOG/,
        exit: 78,
      };
    },
  ],
];

const letItWrite = 'Let this user write there, or name another folder with FORGERUN_DATA_DIR.';
const makeRoom = 'Make room on that disk, or name a folder on another one with FORGERUN_DATA_DIR.';

/** Data folders that cannot be used, what is said of them and what to do, and whether this machine can have them. */
const folders: readonly (readonly [
  what: string,
  canBe: boolean,
  make: (own: string) => Promise<{ readonly folder: string; readonly under?: readonly string[] }>,
  says: RegExp,
  then: string,
])[] = [
  [
    'is a file',
    true,
    () => Promise.resolve({ folder: join(process.cwd(), 'package.json', 'in') }),
    /package\.json is not a folder/,
    letItWrite,
  ],
  [
    'is a link that leads nowhere',
    true,
    async (own) => {
      await symlink(join(own, 'nowhere'), join(own, 'link'));
      return { folder: join(own, 'link') };
    },
    /link cannot be written to \(ENOENT/,
    letItWrite,
  ],
  [
    'cannot be made, as its parent cannot',
    process.platform === 'linux',
    () => Promise.resolve({ folder: '/proc/forgerun/in' }),
    /\/proc\/forgerun\/in cannot be written to \(ENOENT: no such file or directory\)/,
    letItWrite,
  ],
  ['is kept from this user', canForbid, forbidden, /theirs cannot be written to \(EACCES/, letItWrite],
  [
    'lies on a disk that is only read',
    canMount,
    async (own) => {
      await mkdir(join(own, 'disk'));
      return { folder: join(own, 'disk', 'in'), under: onDisk('ro', join(own, 'disk')) };
    },
    /disk\/in cannot be written to \(EROFS/,
    letItWrite,
  ],
  [
    'lies on a disk that is full',
    canMount,
    async (own) => {
      await mkdir(join(own, 'disk'));
      return { folder: join(own, 'disk'), under: onDisk('size=20m', join(own, 'disk')) };
    },
    /20 MiB are free for the data folder \S+disk, and a new database needs 100 MiB/,
    makeRoom,
  ],
];

describe('a data folder ends a start with one sentence, and no stack, that the doctor says too, where it', () => {
  for (const [what, canBe, make, says, then] of folders)
    // What a machine cannot have is listed as skipped.
    (canBe ? it : it.skip)(what, async () => {
      const own = await newDataDir();
      const { folder, under = [] } = await make(own);
      const env = { FORGERUN_DATA_DIR: folder };
      const { exit, stdout, stderr } = await runEngineProcess({ dataDir: own, env, under });
      expect([exit, stdout]).toEqual([1, '']);
      const sentence = /^ForgeRun cannot start:\n {2}- ([^\n]*)\n$/.exec(stderr)?.[1] ?? stderr;
      expect(sentence).toMatch(says);
      const said = await runDoctor(own, env, under);
      const failed = said.lines.findIndex((line) => line.startsWith('fail'));
      expect(said.lines.slice(failed, failed + 2)).toEqual([
        `fail  ${sentence.slice(0, -` ${then}`.length - 1)}`,
        `      -> ${then}`,
      ]);
      expect([said.exit, said.lines.at(-1), said.stderr]).toEqual([1, 'Something is to be put right first.', '']);
    });
});

describe('what a start ends with, and the doctor says beforehand', () => {
  it.each(misfits)('%s', async (_what, make) => {
    const { env, says, exit, dataDir } = await make();
    const folder = dataDir ?? (await newDataDir());
    const started = await runEngineProcess({ dataDir: folder, env });
    expect({ exit: started.exit, stdout: started.stdout }).toEqual({ exit, stdout: '' });
    expect(started.stderr).toMatch(says);
    const said = await runDoctor(folder, { FORGERUN_DATA_DIR: folder, ...env });
    expect(said.lines.filter((line) => line.startsWith('fail')).join('\n')).toMatch(says);
    expect([said.exit, said.lines.at(-1), said.stderr]).toEqual([1, 'Something is to be put right first.', '']);
  });

  it('is nothing where both go well, with a word about what is odd', async () => {
    const shared = await opened.server();
    const lived = await opened.lived(shared);
    await ask(
      lived.connectionString,
      `insert into forgerun_migrations.forgerun_engine_migrations (timestamp, name) values (9, 'Later9999999999999')`,
    );
    const env = on(lived, shared);
    const { exit, lines } = await runDoctor(await newDataDir(), env);
    expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([
      expect.stringMatching(/^warn {2}.*newer release: Later9999999999999/),
      expect.stringMatching(/^ {6}-> /),
      'ForgeRun can start here.',
    ]);
    expect(exit).toBe(0);
    const engine = await startEngineProcess({ env });
    engine.kill();
    expect(await engine.exited).toBe(0);
  });
});

describe('a store that was emptied at the same address', () => {
  it('gets nothing written by a database that belongs to what it held', async () => {
    const before = await opened.server();
    const env = on(await opened.lived(before), before);
    await before.stop();
    const emptied = await opened.server({ port: before.port });
    const written = emptied.log.records.length;
    const says = /does not reach as far as this database has read/;
    const started = await runEngineProcess({ env });
    expect([started.exit, started.stderr]).toEqual([78, expect.stringMatching(says)]);
    const said = await runDoctor(await newDataDir(), env);
    expect([said.exit, said.lines.join('\n')]).toEqual([1, expect.stringMatching(says)]);
    expect(emptied.log.records).toHaveLength(written);
  });
});

describe('a log whose store no longer shows its name', () => {
  const takings = [
    ['deleted', (shared: EventStoreDbServer) => operate(shared, (client) => client.deleteStream(stream))],
    [
      'aged out ($maxAge)',
      (shared: EventStoreDbServer) =>
        operate(shared, async (client) => {
          await client.setStreamMetadata(stream, { maxAge: 1 });
          for (;;) {
            let shown = 0;
            for await (const { event } of client.readStream(stream)) shown += event === undefined ? 0 : 1;
            if (shown === 0) return;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }),
    ],
  ] as const;

  it.each(takings)(
    'is named again by its database, and not taken back by one that was replaced: %s',
    async (_how, take) => {
      const shared = await opened.server();
      const old = await opened.database();
      const its = await live(old, shared);
      const now = await opened.database();
      await live(now, shared, adopting(its));
      await take(shared);
      const refused = await runEngineProcess({ env: on(old, shared) });
      expect([refused.exit, refused.stderr]).toEqual([78, expect.stringContaining('may have adopted it meanwhile')]);
      expect(await live(now, shared)).toBe(its);
    },
  );

  it('goes on after a tombstone, when a person says whose it is', async () => {
    const own = await opened.database();
    const fresh = await opened.server();
    const name = await live(own, fresh);
    await operate(fresh, (client) => client.tombstoneStream(stream));
    expect(await live(own, fresh, adopting(name))).toBe(name);
    expect(await live(own, fresh)).toBe(name);
    const refused = await runEngineProcess({ env: on(await opened.database(), fresh) });
    expect([refused.exit, refused.stderr]).toEqual([78, expect.stringContaining(`FORGERUN_ADOPT_LOG=${name}`)]);
  });
});
