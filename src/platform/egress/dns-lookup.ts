import { promises as dns } from 'node:dns';
import { afterProcessTime } from '../clock/process-time.js';
import { NameFailure, type NameFailureKind } from './names.js';

/** Addresses that a name server gave, and for how long it says they hold. */
interface Found {
  readonly addresses: readonly string[];
  readonly forMs: number;
}

/** For the first word from a server; the next one, or the same again, is asked when it is over. */
const firstTryMs = 600;
const tries = 3;
/** One that answered for addresses of one kind and not of the other may know more a little later. */
const partialForMs = 1_000;

/**
 * One look-up over sockets of its own, which nothing else waits for: of these names the first that is there, with all of
 * its addresses. `servers`: null where the system says which.
 */
export class DnsLookup {
  readonly #resolver: dns.Resolver;
  #isClosed = false;

  constructor(servers: readonly string[] | null) {
    // Made for each look-up, so that it begins with the servers that the system names now, and ends by itself.
    this.#resolver = new dns.Resolver({ timeout: firstTryMs, tries });
    if (servers !== null) this.#resolver.setServers(servers);
  }

  /** Within `withinMs` of this process's time. Throws `NameFailure`. */
  async find(questions: readonly string[], withinMs: number): Promise<Found> {
    const cancel = afterProcessTime(withinMs, () => {
      this.close();
    });
    try {
      let failure = new NameFailure('not_found');
      for (const question of questions) {
        const answer = await this.#ask(question);
        if (!(answer instanceof NameFailure)) return answer;
        if (failure.kind === 'not_found') failure = answer;
        if (this.#isClosed) break;
      }
      throw failure;
    } finally {
      cancel();
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  async #ask(name: string): Promise<Found | NameFailure> {
    const answers = await Promise.allSettled([
      this.#resolver.resolve4(name, { ttl: true }),
      this.#resolver.resolve6(name, { ttl: true }),
    ]);
    const records = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [failureOf(answer.reason)] : []));
    const worst = failures.find(({ kind }) => kind !== 'not_found');
    if (records.length === 0) return worst ?? failures[0] ?? new NameFailure('not_found');
    const seconds = Math.min(...records.map(({ ttl }) => ttl));
    return {
      addresses: records.map(({ address }) => address),
      forMs: worst === undefined ? seconds * 1000 : partialForMs,
    };
  }
}

/** The name's servers or the way to them are silent or in trouble; whether it is there is not known. */
const unanswered = new Set(['ETIMEOUT', 'ESERVFAIL', 'EREFUSED', 'ECANCELLED', 'EBADRESP', 'ENOTIMP', 'EAI_AGAIN']);
const absent = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'EFORMERR', 'EAI_NODATA', 'EAI_NONAME']);

/** Anything else, such as a server of ours at which nothing listens or a lack of sockets, says nothing about the name. */
function failureOf(cause: unknown): NameFailure {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const kind: NameFailureKind = absent.has(code) ? 'not_found' : unanswered.has(code) ? 'no_answer' : 'ours';
  return new NameFailure(kind, { cause });
}
