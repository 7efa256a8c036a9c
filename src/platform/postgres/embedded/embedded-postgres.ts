import { statfs } from 'node:fs/promises';
import { isTransient } from '../errors.js';
import { type ClusterPlace, findPlace, passwordOf, type PlaceOptions } from './cluster-place.js';
import { createCluster } from './create-cluster.js';
import { errnoOf } from './errno.js';
import { withExclusiveFile } from './exclusive-file.js';
import { installedNativeFolder, type NativeFolder, prepareNativeFolder } from './native-folder.js';
import { type Postmaster, runningPostmaster } from './postmaster.js';
import { connectionStringTo, createDatabase, type Login, Presence } from './presence.js';
import { startPostmaster, waitUntilReady } from './start-postmaster.js';
import { stopPostmaster } from './stop-postmaster.js';
import { growingMs } from '../../async/backoff.js';
import { sleep } from '../../clock/timer.js';
import { failpoint } from '../../failpoints/failpoint.js';

/** Where the engine keeps everything in a Postgres of its own. */
export const embeddedDatabase = 'forgerun';

export interface EmbeddedPostgres {
  /** True when the server was already running: left by a process that was killed, or shared with one that lives. */
  readonly adopted: boolean;
  /** Bytes that are free where it keeps its data. */
  freeBytes(): Promise<number>;
  connectionString(database: string): string;
  /** Makes the database unless it is there, and says how to connect to it. */
  createDatabase(name: string): Promise<string>;
  /** Stops the server, unless another process still uses it. Close your own pools first. */
  stop(): Promise<void>;
}

interface EmbeddedPostgresOptions extends PlaceOptions {
  /** Where the Postgres programs are, if not in node_modules. */
  readonly nativeFolder?: string;
  /** `stop` only takes leave; another process ends the server. */
  readonly leaveRunning?: boolean;
}

/** A Postgres of our own in the data folder: made at first start, adopted when it already runs, restarted when it dies. */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await findPlace(options);
  const native = await prepareNativeFolder(options.nativeFolder ?? (await installedNativeFolder()), place.user);
  const server = new Server(place, native, options);
  await server.enter();
  return server;
}

const firstPauseMs = 50;
const maxPauseMs = 5_000;

class Server implements EmbeddedPostgres {
  adopted = false;
  #login: Login | null = null;
  #presence: Presence | null = null;
  #recovery: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(
    private readonly place: ClusterPlace,
    private readonly native: NativeFolder,
    private readonly options: EmbeddedPostgresOptions,
  ) {}

  async enter(): Promise<void> {
    await withExclusiveFile(this.place.turnFile, async () => {
      const password = await passwordOf(this.place);
      await createCluster(this.place, this.native, password, this.options.log);
      const found = await this.#adopt(password);
      this.adopted = found;
      if (!found) await this.#start(password);
    });
  }

  connectionString(database: string): string {
    return connectionStringTo(this.#address(), database);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.place.cluster);
    return bavail * bsize;
  }

  async createDatabase(name: string): Promise<string> {
    await createDatabase(this.#address(), name);
    return this.connectionString(name);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#leave();
    return this.#stopped;
  }

  #isWanted(): boolean {
    return this.#stopped === null;
  }

  #address(): Login {
    if (this.#login === null) throw new Error('The embedded Postgres is not open');
    return this.#login;
  }

  /** Whether a running server was found and taken over. */
  async #adopt(password: string): Promise<boolean> {
    const found = await runningPostmaster(this.place);
    const running = found === null ? null : await waitUntilReady(this.place, found);
    if (running === null) return false;
    try {
      await this.#connect(running, password);
    } catch (error) {
      // Its socket is gone (a cleaned temp folder): no process can reach this server any more, so a reachable one
      // replaces it.
      if (!['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error) ?? '')) throw error;
      this.options.log.warn({ action: 'embedded_postgres_unreachable', postmaster_pid: running.pid });
      await stopPostmaster(this.place, this.native, running);
      return false;
    }
    this.options.log.info({ action: 'embedded_postgres_adopted', postmaster_pid: running.pid });
    return true;
  }

  async #start(password: string): Promise<void> {
    const began = performance.now();
    const running = await startPostmaster(this.place, this.native);
    failpoint('cluster.started');
    await this.#connect(running, password);
    this.options.log.info({
      action: 'embedded_postgres_started',
      postmaster_pid: running.pid,
      duration_ms: Math.round(performance.now() - began),
    });
  }

  async #connect({ host, port }: Postmaster, password: string): Promise<void> {
    const login = { host, port, password };
    this.#presence = await Presence.enter(this.place, login, (cause) => {
      this.#presence = null;
      this.#recovery = this.#recover(cause);
    });
    this.#login = login;
  }

  /** Never rejects: it goes on until the server is back or no longer wanted. */
  async #recover(cause: unknown): Promise<void> {
    if (!this.#isWanted()) return;
    this.options.log.warn({ action: 'embedded_postgres_lost', err: cause });
    for (let failures = 0; this.#isWanted(); failures += 1) {
      const pauseMs = growingMs(failures, firstPauseMs, maxPauseMs);
      try {
        await this.enter();
        return;
      } catch (error) {
        this.options.log.warn({ action: 'embedded_postgres_still_lost', err: error, retry_in_ms: pauseMs });
      }
      await sleep(pauseMs);
    }
  }

  async #leave(): Promise<void> {
    await this.#recovery;
    const presence = this.#presence;
    // Without a presence the server is down already, and what another process may have started since is its own.
    if (presence === null) return;
    await withExclusiveFile(this.place.turnFile, async () => {
      const shared = this.options.leaveRunning === true || (await this.#isShared(presence));
      await presence.leave();
      const running = await runningPostmaster(this.place);
      if (running === null) return;
      if (shared) {
        this.options.log.info({ action: 'embedded_postgres_left_running', postmaster_pid: running.pid });
        return;
      }
      await stopPostmaster(this.place, this.native, running);
      this.options.log.info({ action: 'embedded_postgres_stopped', postmaster_pid: running.pid });
    });
  }

  async #isShared(presence: Presence): Promise<boolean> {
    try {
      return await presence.isShared();
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.options.log.warn({ action: 'embedded_postgres_lost', err: error });
      return true;
    }
  }
}
