import { isIP } from 'node:net';
import { afterProcessTime, ProcessClock } from '../clock/process-time.js';
import { after, type Timer } from '../clock/timer.js';
import { BlockedTarget } from './blocked-target.js';
import { type EgressRequest, type Exchange, exchange } from './exchange.js';
import { assertSendable } from './header-rules.js';
import { type NameAsker, NameFailure, type Names } from './names.js';
import { type Networks } from './networks.js';
import { type Target, targetOf } from './target.js';

/** What became of a request. Only `answered` says that the other side spoke. */
export type EgressAnswer = (
  | Exchange
  | {
      readonly kind: 'blocked';
      /** In words that follow `the URL`. */
      readonly reason: string;
      /** Its name could not be resolved now, and may be later. */
      readonly isPassing: boolean;
    }
) & {
  readonly durationMs: number;
};

/** A resolver has time limits of its own; this one is for those that forget them. */
const resolveMs = 5_000;
/** What a busy machine takes now and then; a deadline is not put off for so little. */
const slackMs = 250;
const maxStandstillMs = 1_000;

/** The one way out: for webhooks, callbacks and HTTP_REQUEST. */
export class Egress {
  constructor(
    private readonly networks: Networks,
    private readonly names: Names,
  ) {}

  /** Whether a URL could be sent to as it is written; what its name resolves to is only known when it is. Throws `BlockedTarget`. */
  checkText(url: string): void {
    targetOf(url, this.networks);
  }

  /** As it will be checked again at each sending, which is the check that counts. Throws `BlockedTarget`. */
  async check(url: string, clientId: string): Promise<void> {
    const late = new AbortController();
    const cancel = afterProcessTime(resolveMs, () => {
      late.abort();
    });
    try {
      await this.#addressOf(targetOf(url, this.networks), { clientId, signal: late.signal });
    } finally {
      cancel();
    }
  }

  /** Sends once and follows nothing. Never rejects. */
  async send(request: EgressRequest): Promise<EgressAnswer> {
    const began = performance.now();
    const had = new ProcessClock();
    had.run();
    const deadline = new Deadline(had, request.signal);
    const spent = (): number => Math.round(performance.now() - began);
    try {
      assertSendable(request.headers);
      const target = targetOf(request.url, this.networks);
      deadline.set(Math.min(resolveMs, request.timeoutMs));
      const address = await this.#addressOf(target, { clientId: request.clientId, signal: deadline.signal });
      // Anew, since a look-up that waited for others has used none of the time that the other side is given.
      deadline.set(request.timeoutMs);
      const said = await exchange(request, target, address, deadline.signal);
      const stoodStillMs = performance.now() - began - had.nowMs();
      const isOurs = stoodStillMs > maxStandstillMs && isDoubtful(said);
      return { ...(isOurs ? { kind: 'not_made', lack: 'time' } : said), durationMs: spent() };
    } catch (error) {
      return { ...notSent(error, request.signal), durationMs: spent() };
    } finally {
      deadline.cancel();
      had.stand();
    }
  }

  /** The address to connect to. Every address of a name must be permitted: one that is not shows what the name is for. */
  async #addressOf({ host, family }: Target, asker: NameAsker & { readonly signal: AbortSignal }): Promise<string> {
    if (family !== 0) return host;
    const addresses = await unlessAborted(this.names.resolve(host, asker), asker.signal);
    const [first] = addresses;
    if (first === undefined) throw new BlockedTarget('name_not_found');
    if (!addresses.every((address) => isIP(address) !== 0 && this.networks.permits(address)))
      throw new BlockedTarget('address');
    return addresses.find((address) => isIP(address) === 4) ?? first;
  }
}

/** Whether an answer may have been there for a process that read it in time. */
const isDoubtful = (said: Exchange): boolean =>
  said.kind === 'failed' && (said.error === 'timeout' || said.error === 'reset');

/** Fires when its time is over, or with the signal that it was given. */
class Deadline {
  readonly #late = new AbortController();
  readonly signal: AbortSignal;
  #timer: Timer | null = null;

  constructor(
    private readonly had: ProcessClock,
    given: AbortSignal | undefined,
  ) {
    const { signal } = this.#late;
    this.signal = given === undefined ? signal : AbortSignal.any([signal, given]);
  }

  /** In place of the time before it; by the time that this process has, since what is sent to it while it stands still is in time. */
  set(ms: number): void {
    this.#wait(ms, this.had.nowMs() + ms - slackMs);
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #wait(ms: number, until: number): void {
    this.cancel();
    this.#timer = after(ms, () => {
      const leftMs = until - this.had.nowMs();
      if (leftMs <= 0) this.#late.abort();
      else this.#wait(leftMs, until);
    });
  }
}

function notSent(
  error: unknown,
  signal: AbortSignal | undefined,
): Exchange | { kind: 'blocked'; reason: string; isPassing: boolean } {
  if (signal?.aborted === true) return { kind: 'failed', error: 'interrupted', isSent: false };
  if (!(error instanceof BlockedTarget)) return { kind: 'failed', error: 'error', isSent: false };
  if (error.isOurs) return { kind: 'not_made', lack: 'name' };
  const { message: reason, isPassing } = error;
  return { kind: 'blocked', reason, isPassing };
}

async function unlessAborted<Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      // After a resolver that knows whose delay it was.
      setImmediate(() => {
        reject(new BlockedTarget('name_timeout'));
      });
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    stop = () => {
      signal.removeEventListener('abort', giveUp);
    };
  });
  const found = work.catch((cause: unknown) => {
    throw new BlockedTarget(reasonOf(cause));
  });
  try {
    return await Promise.race([found, late]);
  } finally {
    stop();
  }
}

function reasonOf(cause: unknown): 'name_not_found' | 'name_timeout' | 'name_not_asked' {
  // A resolver that breaks in a way it does not know itself is ours, too.
  if (!(cause instanceof NameFailure)) return 'name_not_asked';
  switch (cause.kind) {
    case 'not_found':
      return 'name_not_found';
    case 'no_answer':
      return 'name_timeout';
    case 'ours':
      return 'name_not_asked';
  }
}
