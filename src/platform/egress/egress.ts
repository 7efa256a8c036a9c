import { isIP } from 'node:net';
import { BlockedTarget } from './blocked-target.js';
import { type EgressRequest, type Exchange, exchange } from './exchange.js';
import { assertSendable } from './header-rules.js';
import { type Names } from './names.js';
import { type Networks } from './networks.js';
import { type Target, targetOf } from './target.js';
import { after } from '../clock/timer.js';

/** What became of a request. Only `answered` says that somebody spoke. */
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

const resolveMs = 2_000;

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
  async check(url: string): Promise<void> {
    await this.#addressOf(targetOf(url, this.networks));
  }

  /** Sends once and follows nothing. Never rejects. */
  async send(request: EgressRequest): Promise<EgressAnswer> {
    const began = performance.now();
    const deadline = new AbortController();
    const timer = after(request.timeoutMs, () => {
      deadline.abort();
    });
    const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, request.signal]);
    const spent = (): number => Math.round(performance.now() - began);
    try {
      assertSendable(request.headers);
      const target = targetOf(request.url, this.networks);
      const address = await this.#addressOf(target, signal);
      const said = await exchange(request, target, address, signal);
      return { ...said, durationMs: spent() };
    } catch (error) {
      if (error instanceof BlockedTarget) {
        const { message: reason, isPassing } = error;
        return { kind: 'blocked', reason, isPassing, durationMs: spent() };
      }
      return { kind: 'failed', error: 'error', isSent: false, durationMs: spent() };
    } finally {
      timer.cancel();
    }
  }

  /** The address to connect to. Every address of a name must be permitted: one that is not shows what the name is for. */
  async #addressOf({ host, family }: Target, signal?: AbortSignal): Promise<string> {
    if (family !== 0) return host;
    const addresses = await within(resolveMs, this.names.resolve(host), signal);
    const [first] = addresses;
    if (first === undefined) throw new BlockedTarget('name_not_found');
    if (!addresses.every((address) => isIP(address) !== 0 && this.networks.permits(address)))
      throw new BlockedTarget('address');
    return addresses.find((address) => isIP(address) === 4) ?? first;
  }
}

async function within<Answer>(ms: number, work: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      reject(new BlockedTarget('name_timeout'));
    };
    const timer = after(ms, giveUp);
    signal?.addEventListener('abort', giveUp);
    stop = () => {
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
    };
  });
  const found = work.catch((cause: unknown) => {
    throw new BlockedTarget(isPassing(cause) ? 'name_timeout' : 'name_not_found');
  });
  try {
    return await Promise.race([found, late]);
  } finally {
    stop();
  }
}

/** A resolver that could not answer now, as against a name that is not there. */
const isPassing = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'EAI_AGAIN' || error.code === 'ETIMEOUT');
