import { join } from 'node:path';
import { FairGate } from '../async/fair-gate.js';
import { afterProcessTime } from '../clock/process-time.js';
import { DnsLookup } from './dns-lookup.js';
import { type NameAnswer, NameCache } from './name-cache.js';
import { type NameAsker, NameFailure, type NameFailureKind, Names } from './names.js';
import { type Hosts, hostsIn, questionsFor, type SearchRules, searchRulesIn } from './resolver-files.js';
import { WatchedFile } from './watched-file.js';

interface LookupLimits {
  /** Look-ups under way at once in this process. */
  readonly maxRunning: number;
  /** Of one client, however many could be made: what is not answered is held until its time is up. */
  readonly maxRunningPerClient: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerClient: number;
}

export interface SystemNamesOptions {
  /** Name servers as `address` or `address:port`; null: those of the system. */
  readonly servers?: readonly string[] | null;
  readonly hostsPath?: string;
  readonly resolvPath?: string;
  readonly limits?: Partial<LookupLimits>;
  /** For all questions of one look-up. */
  readonly lookupMs?: number;
  /** How long a look-up waits for its turn. */
  readonly maxWaitMs?: number;
}

const defaultLimits: LookupLimits = {
  ...{ maxRunning: 512, maxRunningPerClient: 16 },
  ...{ maxWaiting: 10_000, maxWaitingPerClient: 512 },
};
const defaultLookupMs = 2_000;
/** Together with a look-up less than a delivery is held beyond its time-out. */
const defaultMaxWaitMs = 1_500;
const maxCachedNames = 10_000;
/** A name server may say zero, and may say a week. */
const minCacheMs = 1_000;
const maxCacheMs = 60_000;
const notFoundForMs = 5_000;
const unansweredForMs = 1_000;

const hostsFile =
  process.platform === 'win32'
    ? join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/**
 * Resolves by this machine's own rules: its hosts file first, then its name servers, with its search domains; self-hosters
 * name receivers there. Not by the system's call, which holds one of the process's few threads for as long as a name
 * server is silent: each look-up has sockets and a deadline of its own, and each client a share of them.
 */
export class SystemNames extends Names {
  readonly #servers: readonly string[] | null;
  readonly #hosts: WatchedFile<Hosts>;
  readonly #rules: WatchedFile<SearchRules>;
  readonly #gate: FairGate;
  readonly #cache = new NameCache(maxCachedNames);
  readonly #lookupMs: number;
  #trouble: NameFailure | null = null;
  readonly #maxWaitMs: number;
  /** Questions under way, by name: a request that asks meanwhile, of whatever client, gets the same answer. */
  readonly #running = new Map<string, { readonly lookup: DnsLookup; readonly answer: Promise<NameAnswer> }>();
  /** Questions that have no slot yet, by client and name. */
  readonly #waiting = new Map<string, Promise<NameAnswer>>();

  constructor(options: SystemNamesOptions = {}) {
    super();
    this.#servers = options.servers ?? null;
    this.#hosts = new WatchedFile(options.hostsPath ?? hostsFile, hostsIn);
    this.#rules = new WatchedFile(options.resolvPath ?? '/etc/resolv.conf', searchRulesIn);
    const { maxRunning, maxRunningPerClient, ...waiting } = { ...defaultLimits, ...options.limits };
    this.#gate = new FairGate({ atOnce: maxRunning, atOncePerClient: maxRunningPerClient, ...waiting });
    this.#lookupMs = options.lookupMs ?? defaultLookupMs;
    this.#maxWaitMs = options.maxWaitMs ?? defaultMaxWaitMs;
  }

  /** Look-ups under way, and those that wait for their turn. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#gate.running, waiting: this.#gate.waiting };
  }

  /** Why the last look-up could not be made; null where it could. */
  get trouble(): Error | null {
    return this.#trouble;
  }

  async resolve(name: string, { clientId, signal }: NameAsker): Promise<readonly string[]> {
    const asked = name.toLowerCase();
    const bare = asked.replace(/\.$/, '');
    const listed = this.#hosts.value.get(bare) ?? loopbackOf(bare);
    if (listed !== null) return listed;
    const answer =
      this.#cache.get(asked) ??
      // Given up before it was asked for: that was this node's delay and not the name's.
      (await unlessAborted(this.#answerTo(asked, clientId), signal, () =>
        this.#running.has(asked) ? 'no_answer' : 'ours',
      ));
    if (answer instanceof NameFailure) throw answer;
    return answer;
  }

  override close(): void {
    for (const { lookup } of this.#running.values()) lookup.close();
  }

  #answerTo(name: string, clientId: string): Promise<NameAnswer> {
    const running = this.#running.get(name)?.answer;
    if (running !== undefined) return running;
    const key = `${clientId} ${name}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const answer = this.#inTurn(name, clientId).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, answer);
    return answer;
  }

  /** Waits for a slot of its client, unless another client's question for the same name is answered first. */
  async #inTurn(name: string, clientId: string): Promise<NameAnswer> {
    const hasSlot = await this.#slotFor(clientId);
    if (!hasSlot) return new NameFailure('ours');
    try {
      return this.#cache.get(name) ?? (await (this.#running.get(name)?.answer ?? this.#look(name)));
    } finally {
      this.#gate.leave(clientId);
    }
  }

  #slotFor(clientId: string): Promise<boolean> {
    return new Promise((resolve) => {
      let cancel: () => void = () => undefined;
      const giveUp = this.#gate.enter(clientId, () => {
        cancel();
        resolve(true);
      });
      if (giveUp === null) resolve(false);
      else
        cancel = afterProcessTime(this.#maxWaitMs, () => {
          if (giveUp()) resolve(false);
        });
    });
  }

  #look(name: string): Promise<NameAnswer> {
    const lookup = new DnsLookup(this.#servers);
    const answer = this.#found(name, lookup).finally(() => this.#running.delete(name));
    this.#running.set(name, { lookup, answer });
    return answer;
  }

  async #found(name: string, lookup: DnsLookup): Promise<NameAnswer> {
    try {
      const { addresses, forMs } = await lookup.find(questionsFor(name, this.#rules.value), this.#lookupMs);
      this.#trouble = null;
      this.#cache.put(name, addresses, Math.min(maxCacheMs, Math.max(minCacheMs, forMs)));
      return addresses;
    } catch (error) {
      const failure = error instanceof NameFailure ? error : new NameFailure('ours', { cause: error });
      this.#trouble = failure.kind === 'ours' ? failure : null;
      // What this node could not ask says nothing about the name.
      if (failure.kind !== 'ours')
        this.#cache.put(name, failure, failure.kind === 'not_found' ? notFoundForMs : unansweredForMs);
      return failure;
    }
  }
}

/** These never leave the machine (RFC 6761), whether its hosts file lists them or not. */
const loopbackOf = (name: string): readonly string[] | null =>
  name === 'localhost' || name.endsWith('.localhost') ? ['127.0.0.1', '::1'] : null;

async function unlessAborted(
  answer: Promise<NameAnswer>,
  signal: AbortSignal | undefined,
  kindThen: () => NameFailureKind,
): Promise<NameAnswer> {
  if (signal === undefined) return await answer;
  let stop: () => void = () => undefined;
  const aborted = new Promise<NameAnswer>((resolve) => {
    const giveUp = (): void => {
      resolve(new NameFailure(kindThen()));
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    stop = () => {
      signal.removeEventListener('abort', giveUp);
    };
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    stop();
  }
}
