import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Client } from 'pg';
import { findPlace } from '../../platform/postgres/embedded/cluster-place.js';
import {
  embeddedDatabase,
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '../../platform/postgres/embedded/embedded-postgres.js';
import { withClient } from '../../platform/postgres/pools.js';
import { runningPostmaster } from '../../platform/postgres/embedded/postmaster.js';
import { canLookUp, familyOf, signalAll } from './processes.js';

/** A Postgres for one run, which can be ended, frozen and filled. It comes back by itself when it was ended. */
export class OwnPostgres {
  private constructor(
    private readonly server: EmbeddedPostgres,
    private readonly dataDir: string,
    private readonly log: PostgresLog,
    /** Whether its disk is one of its own, small enough to be filled. */
    readonly hasOwnDisk: boolean,
    /** Straight to it, past every gate. */
    readonly url: string,
  ) {}

  /** Starts one in a folder; with a disk of its own where that is wished and this account may mount one. */
  static async start(folder: string, logFile: string, wantsOwnDisk: boolean): Promise<OwnPostgres> {
    const dataDir = join(folder, 'postgres');
    await mkdir(dataDir, { mode: 0o711 });
    const hasOwnDisk = wantsOwnDisk && (await hasMounted(dataDir));
    const log = logInto(logFile);
    try {
      const server = await openEmbeddedPostgres({ dataDir, log });
      return new OwnPostgres(server, dataDir, log, hasOwnDisk, await server.createDatabase(embeddedDatabase));
    } catch (error) {
      if (hasOwnDisk) await unmount(dataDir);
      throw error;
    }
  }

  get target(): NetConnectOpts {
    const { hostname, port } = new URL(this.url);
    const host = decodeURIComponent(hostname);
    return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port: Number(port) };
  }

  /** Its address for those who come through a gate. */
  urlThrough(gatePort: number): string {
    const url = new URL(this.url);
    return `postgres://${url.username}:${url.password}@127.0.0.1:${gatePort}${url.pathname}`;
  }

  /** Asks it straight, past every gate. */
  async ask<Answer>(question: (client: Client) => Promise<Answer>): Promise<Answer> {
    const limits = { statementTimeoutMs: 20_000, idleInTransactionMs: 90_000 };
    return await withClient(
      { connectionString: this.url, name: 'simulator', ...limits, onError: heardByTheQuestion },
      question,
    );
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    const running = await this.#running();
    if (running !== null) signalAll([running], 'SIGKILL');
  }

  /** Stops all of its processes where they stand; the answer lets them go on. */
  async freeze(): Promise<() => void> {
    const postmaster = await this.#running();
    if (postmaster === null || !canLookUp) return () => undefined;
    // First the one that would start more of them.
    signalAll([postmaster], 'SIGSTOP');
    const all = await familyOf(postmaster);
    signalAll(all, 'SIGSTOP');
    return () => {
      signalAll(all.toReversed(), 'SIGCONT');
    };
  }

  /** Takes all room on its disk; the answer gives it back. */
  async fillDisk(): Promise<() => Promise<void>> {
    const filler = join(this.dataDir, 'filler');
    const piece = Buffer.alloc(1024 * 1024);
    try {
      for (let pieces = 0; pieces < diskMb; pieces += 1) await appendFile(filler, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
    return () => rm(filler, { force: true });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    if (this.hasOwnDisk) await unmount(this.dataDir);
  }

  async #running(): Promise<number | null> {
    const place = await findPlace({ dataDir: this.dataDir, log: this.log });
    return (await runningPostmaster(place))?.pid ?? null;
  }
}

/** What breaks a connection also fails the question that was asked on it. */
const heardByTheQuestion = (): void => undefined;

interface PostgresLog {
  info(fields: object): void;
  warn(fields: object): void;
}

/** A new cluster, its write-ahead log, and what a run of an hour writes. */
const diskMb = 2_000;
const execute = promisify(execFile);

async function hasMounted(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=711`, 'tmpfs', folder]);
    return true;
  } catch {
    // It takes rights that a user does not have; what needs it is said not to have been run.
    return false;
  }
}

const unmount = (folder: string): Promise<unknown> => execute('umount', ['--lazy', folder]);

function logInto(file: string): PostgresLog {
  const write =
    (level: string) =>
    (fields: object): void => {
      appendFileSync(
        file,
        `${JSON.stringify({ time: new Date().toISOString(), level, node: 'simulator', ...fields })}\n`,
      );
    };
  return { info: write('info'), warn: write('warn') };
}
