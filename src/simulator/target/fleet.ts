import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { type LogAddress } from '../log/log-address.js';
import { hasSteerableClock } from './database-clock.js';
import { type EngineProcess, startEngineProcess } from './engine-process.js';
import { FleetNode } from './fleet-node.js';
import { ownFolder } from './own-folder.js';
import { OwnPostgres } from './own-postgres.js';
import { type RunningTarget } from './running-target.js';
import { runSettings } from './run-settings.js';
import { StoreProgram } from './store-program.js';
import { TcpGate } from './tcp-gate.js';

export interface FleetOptions {
  readonly reportFolder: string;
  /** Starts the event store; null: the database is the store. */
  readonly storeCommand: string | null;
  /** The program of the engines; null: the one that runs. */
  readonly program: string | null;
  /** Whether something is to go wrong: three engines with gates then, and one without them otherwise. */
  readonly isHarmed: boolean;
  /** Whether the database is to have a disk that can be filled. */
  readonly wantsOwnDisk: boolean;
  /** Whether the clock of the database is to be one that can be set. */
  readonly hasOwnClock: boolean;
  readonly endedByItself: (node: string, how: string) => void;
  /** Fires when the run is interrupted. */
  readonly signal: AbortSignal;
}

/** What nodes do: one everything, and two that share the roles, so that each role has two nodes. */
const plans = [
  { name: 'first', roles: ['api', 'worker', 'projector', 'saga'] },
  { name: 'second', roles: ['api', 'worker'] },
  { name: 'third', roles: ['projector', 'saga'] },
] as const;

const plansFor = ({ isHarmed }: FleetOptions): readonly (typeof plans)[number][] =>
  isHarmed ? plans : plans.slice(0, 1);

/** What stands between a node and a server. */
interface Way {
  readonly node: string;
  readonly gate: TcpGate;
}

/** Engines on one database, all started for one run, with a gate on each way where something is to go wrong. */
export class Fleet implements RunningTarget {
  readonly adminKey = randomBytes(24).toString('base64url');
  readonly nodes: readonly FleetNode[];
  readonly #sealingKey = randomBytes(32).toString('base64');
  readonly #taken = new AbortController();
  /** Fires when the fleet is taken down, or the run is interrupted: nothing is started any more. */
  readonly #over: AbortSignal;
  #program: string | null;
  /** Of one engine alone: where it took calls first, and takes them again after an end. */
  #url: string | null = null;

  private constructor(
    private readonly options: FleetOptions,
    private readonly folder: string,
    readonly database: OwnPostgres,
    /** Null: the database is the store. */
    readonly store: StoreProgram | null,
    /** Where clients come in; null: at the engine itself. */
    readonly front: TcpGate | null,
    /** To the database, from each node. */
    readonly waysToDatabase: readonly Way[],
    /** To the store, where that is another server. */
    readonly waysToStore: readonly Way[],
    targets: { current: () => readonly NetConnectOpts[] },
  ) {
    this.#program = options.program;
    this.#over = AbortSignal.any([this.#taken.signal, options.signal]);
    this.nodes = plansFor(options).map(
      ({ name, roles }) =>
        new FleetNode({
          name,
          roles,
          start: (failpoints) => this.#start(name, roles, failpoints),
          endedByItself: options.endedByItself,
          over: this.#over,
        }),
    );
    targets.current = () => this.nodes.flatMap(({ url }) => (url === null ? [] : [addressOf(url)]));
  }

  /** Starts the servers and every node, and resolves once all are ready. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const folder = await ownFolder();
    const logFile = join(options.reportFolder, 'engine.log');
    const started: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const database = await OwnPostgres.start(folder, logFile, options.wantsOwnDisk);
      started.push(() => database.stop());
      if (options.hasOwnClock) await database.ask(hasSteerableClock);
      const store = options.storeCommand === null ? null : await StoreProgram.start(options.storeCommand, logFile);
      if (store !== null) started.push(() => store.stop());
      const gateTo = async (targets: () => readonly NetConnectOpts[]): Promise<TcpGate> => {
        const gate = await TcpGate.open(targets);
        started.push(() => gate.close());
        return gate;
      };
      const waysTo = async (server: { readonly target: NetConnectOpts } | null): Promise<Way[]> => {
        if (server === null || !options.isHarmed) return [];
        return await Promise.all(
          plansFor(options).map(async ({ name }) => ({ node: name, gate: await gateTo(() => [server.target]) })),
        );
      };
      const targets = { current: (): readonly NetConnectOpts[] => [] };
      const front = options.isHarmed ? await gateTo(() => targets.current()) : null;
      const [toDatabase, toStore] = [await waysTo(database), await waysTo(store)];
      const fleet = new Fleet(options, folder, database, store, front, toDatabase, toStore, targets);
      started.push(() => fleet.#endNodes());
      const [first, ...others] = fleet.nodes;
      // It makes the tables; the others would wait for it.
      await first?.begin();
      await Promise.all(others.map((node) => node.begin()));
      return fleet;
    } catch (error) {
      for (const end of started.toReversed()) await end();
      throw error;
    }
  }

  get url(): string {
    if (this.front !== null) return `http://127.0.0.1:${this.front.port}`;
    if (this.#url === null) throw new Error('the engine takes no calls');
    return this.#url;
  }

  get log(): LogAddress {
    return this.store === null
      ? { kind: 'postgres', url: this.database.url }
      : { kind: 'eventstoredb', url: this.store.url, namespace: null };
  }

  /** From now on nodes that start are of this program. */
  useProgram(program: string): void {
    this.#program = program;
  }

  processes(): readonly { readonly name: string; readonly pid: number }[] {
    return this.nodes.flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]));
  }

  /** Makes everything well again, and resolves once every node is ready. */
  async heal(): Promise<void> {
    for (const gate of this.#gates()) gate.heal();
    for (const node of this.nodes) node.thaw();
    await Promise.all(this.nodes.map((node) => node.up()));
  }

  async stop(): Promise<void> {
    await this.#endNodes();
    for (const gate of this.#gates()) await gate.close();
    await this.store?.stop();
    await this.database.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #gates(): readonly TcpGate[] {
    const ways = [...this.waysToDatabase, ...this.waysToStore].map(({ gate }) => gate);
    return this.front === null ? ways : [this.front, ...ways];
  }

  async #endNodes(): Promise<void> {
    this.#taken.abort();
    for (const gate of this.#gates()) gate.heal();
    // Of an interrupted run nothing is left to be brought to its end.
    const isInterrupted = this.options.signal.aborted;
    await Promise.all(this.nodes.map((node) => (isInterrupted ? node.kill() : node.stop())));
  }

  async #start(name: string, roles: readonly string[], failpoints: string | null): Promise<EngineProcess> {
    const urlOf = (server: OwnPostgres | StoreProgram, ways: readonly Way[]): string => {
      const way = ways.find(({ node }) => node === name);
      return way === undefined ? server.url : server.urlThrough(way.gate.port);
    };
    const database = urlOf(this.database, this.waysToDatabase);
    const engine = await startEngineProcess({
      folder: this.folder,
      logFile: join(this.options.reportFolder, 'engine.log'),
      program: this.#program,
      signal: this.#over,
      settings: {
        ...runSettings(this.adminKey),
        ...(failpoints === null
          ? {}
          : { NODE_ENV: 'test', FORGERUN_HOST: '127.0.0.1', FORGERUN_FAILPOINTS: failpoints }),
        FORGERUN_ROLES: roles.join(','),
        FORGERUN_DATABASE_URL: database,
        FORGERUN_EVENT_STORE: this.store === null ? database : urlOf(this.store, this.waysToStore),
        FORGERUN_SEALING_KEY: this.#sealingKey,
        ...(this.#url === null ? {} : { FORGERUN_PORT: new URL(this.#url).port }),
      },
    });
    if (this.front === null) this.#url = engine.url;
    return engine;
  }
}

function addressOf(url: string): NetConnectOpts {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
