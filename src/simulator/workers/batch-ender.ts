import { sleep } from '../../platform/clock/timer.js';
import { type Stage } from '../actors/stage.js';
import { Random } from '../plan/random.js';
import { type AnsweredItem, called, calledIn } from '../records/call.js';
import { digestOfValue } from '../records/digest.js';
import { instantOf } from '../records/instant-of.js';
import { type EndRecord } from '../records/records.js';
import { type Tenant } from '../target/tenants.js';

/** What a worker reports of one lease, with the members of its item. */
interface GatheredEnd {
  readonly call: EndRecord['call'];
  readonly leaseId: string;
  readonly jobId: string;
  readonly members: { readonly result?: object; readonly error?: object };
}

interface WireItem extends AnsweredItem {
  readonly lease_id?: string | null;
  readonly state?: string;
  readonly retry_at?: string | null;
}

/** So long more ends may come to the first one of a call. */
const gatherMs = 200;
const timeoutMs = 10_000;
/** How often an end is in a call twice, and how often one of a lease that no worker was given is in it. */
const repeatShare = 0.2;
const strangerShare = 0.2;

/** Gathers ends of one worker for a moment and reports them in one call; each is written down as if it had come alone. */
export class BatchEnder {
  readonly #random: Random;
  #gathered: GatheredEnd[] = [];
  #flush: Promise<void> | null = null;
  #count = 0;

  constructor(
    private readonly tenant: Tenant,
    private readonly workerId: string,
    private readonly stage: Stage,
  ) {
    this.#random = new Random(stage.seed, `batches of ends of ${workerId}`);
  }

  /** Resolves once it has been answered. */
  async end(end: GatheredEnd): Promise<void> {
    this.#gathered.push(end);
    this.#flush ??= this.#flushSoon();
    await this.#flush;
  }

  async #flushSoon(): Promise<void> {
    await sleep(gatherMs);
    const ends = this.#gathered;
    this.#gathered = [];
    this.#flush = null;
    await this.#report(this.#withDisturbers(ends));
  }

  /** What is wrong with one of them is no matter of the others. */
  #withDisturbers(ends: readonly GatheredEnd[]): readonly GatheredEnd[] {
    const [first] = ends;
    const again = first !== undefined && this.#random.happens(repeatShare) ? [first] : [];
    const strangers = this.#random.happens(strangerShare) ? [this.#stranger()] : [];
    return [...strangers, ...ends, ...again];
  }

  #stranger(): GatheredEnd {
    const digits = this.#random.between(0, 0xffff_ffff).toString(16).padStart(8, '0');
    const [leaseId, jobId] = ['7000', '7001'].map((part) => `${digits}-0000-${part}-8000-000000000000`);
    return { call: 'complete', leaseId: leaseId ?? '', jobId: jobId ?? '', members: {} };
  }

  async #report(ends: readonly GatheredEnd[]): Promise<void> {
    const { clientId, http } = this.tenant;
    const { clock, recorder } = this.stage;
    this.#count += 1;
    const batch = `${this.workerId}-${this.#count}`;
    const items = ends.map(({ leaseId, jobId, members }) => ({
      lease_id: leaseId,
      // It spares a look-up, and may be left out.
      ...(this.#random.happens(0.5) ? { job_id: jobId } : {}),
      ...members,
    }));
    const bodyText = JSON.stringify({ items });
    const request = { method: 'POST', path: '/v1/leases/complete', bodyText, timeoutMs, repeatable: true } as const;
    const call = await called(clock, 200, async () => itemsIn((await http.send(request)).text));
    for (const [place, end] of ends.entries()) {
      const answer = call.answer?.[place];
      const { leaseId, jobId, members } = end;
      const names = { leaseId, jobId, result: digestOfValue(members.result), error: digestOfValue(members.error) };
      const told = { state: answer?.state ?? null, retryAt: instantOf(answer?.retry_at) };
      const answeredAs = call.answer === null ? null : (answer?.lease_id ?? '');
      recorder.add({
        ...{ kind: 'end', clientId, ...calledIn(call, answer), call: end.call, ...names, ...told, isHangUp: false },
        inBatch: { batch, place, answeredAs },
      });
    }
  }
}

const itemsIn = (text: string): readonly WireItem[] =>
  (JSON.parse(text) as { items?: readonly WireItem[] }).items ?? [];
