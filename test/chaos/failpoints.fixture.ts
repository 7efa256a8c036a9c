import { setTimeout as pause } from 'node:timers/promises';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type Receiver } from '../acceptance/webhooks.fixture.js';
import { itemsIn } from '../acceptance/jobs.fixture.js';
import { answered } from './engine.fixture.js';

const retry = { backoff_base_ms: 50, backoff_max_ms: 200, max_attempts: 25 };
const restMs = 120;

/** A little of everything that callers do, from clients that repeat what they got no answer to. */
export class LightTraffic {
  /** Jobs whose submit was answered. */
  readonly submitted = new Set<string>();
  /** By lease: jobs whose completion was answered. */
  readonly completed = new Map<string, string>();
  /** Keys whose revocation was answered. */
  readonly revoked: string[] = [];
  webhookId: string | null = null;
  scheduleId: string | null = null;
  #asking: Promise<unknown> = Promise.resolve();
  readonly #submitting = new AbortController();
  readonly #over = new AbortController();

  constructor(
    private readonly current: () => Api,
    private readonly receiver: Receiver,
  ) {}

  /** Resolves when all of it is over; rejects at the first answer that must not be. */
  async run(): Promise<void> {
    this.#asking = Promise.all([
      this.#setUp(),
      this.#submit('a', ['SUCCESS_FAST', 'chaos.work']),
      this.#submit('b', ['SCHEDULED_ON_TIME', 'chaos.work', 'chaos.left']),
      this.#replay(),
      this.#trigger(),
      this.#changeKeys(),
    ]);
    await Promise.all([this.#asking, this.#work(), this.#leave()]);
  }

  /** Resolves once there is some of everything that callers may rely on. */
  async untilComplete(): Promise<void> {
    while (this.submitted.size === 0 || this.completed.size === 0 || this.revoked.length === 0) await pause(restMs);
  }

  /** Nothing new is asked for; what waits is still worked on. Resolves once all is answered and the schedule is silent. */
  async stopAsking(): Promise<void> {
    this.#submitting.abort();
    await this.#asking;
    await this.#ask([200], () => this.current().post(`/v1/schedules/${this.scheduleId ?? ''}/pause`));
  }

  stop(): void {
    this.#submitting.abort();
    this.#over.abort();
  }

  async #setUp(): Promise<void> {
    const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };
    const rule = { cron: '* * * * * *', timezone: 'UTC', job };
    const schedule = await this.#ask([200, 201], () => this.current().call('PUT', '/v1/schedules/by-name/chaos', rule));
    this.scheduleId = schedule === null ? null : String(schedule.body['schedule_id']);
    const url = `${this.receiver.url}/hook`;
    const made = await this.#ask([201, 409], () =>
      this.current().post('/v1/webhooks', { url, events: ['job.succeeded'] }),
    );
    // 409: it was made by a request whose answer was lost.
    const listed = made?.status === 409 ? await this.#ask([200], () => this.current().get('/v1/webhooks')) : null;
    const webhook = listed === null ? made?.body : itemsIn(listed)[0];
    this.webhookId = webhook === undefined ? null : String(webhook['webhook_id']);
  }

  async #submit(client: string, kinds: readonly string[]): Promise<void> {
    for (let n = 0; !this.#submitting.signal.aborted; n += 1) {
      const work_kind = kinds[n % kinds.length] ?? '';
      const isDeferred = work_kind === 'SCHEDULED_ON_TIME';
      const soon = { type: 'DEFERRED', execution_at: new Date(Date.now() + 400).toISOString() };
      const timing = isDeferred ? soon : { type: 'EXECUTE', callback: `${this.receiver.url}/back` };
      const body = { ...timing, work_kind, retry, idempotency_key: `${client}-${n}` };
      // 400: its time went by before it got through, and so it was never stored.
      const answer = await this.#ask(isDeferred ? [202, 400] : [202], () => this.current().post('/v1/jobs', body));
      if (answer?.status === 202) this.submitted.add(String(answer.body['job_id']));
      await pause(restMs);
    }
  }

  /** Leases, sends a heartbeat, and completes. */
  async #work(): Promise<void> {
    const asked = { worker_id: 'steady', work_kinds: ['chaos.work'], max_jobs: 4, wait_ms: 300, start: true };
    while (!this.#over.signal.aborted) {
      for (const lease of await this.#lease(asked)) {
        // 409: it ran out while no engine was there.
        await this.#ask([200, 409], () => this.current().post(`/v1/leases/${lease.id}/heartbeat`, {}));
        await this.#complete(lease);
      }
      await pause(restMs);
    }
  }

  /** Leases and says no more, but for the last times: then it completes, so that its jobs come to an end. */
  async #leave(): Promise<void> {
    const asked = { worker_id: 'leaving', work_kinds: ['chaos.left'], lease_ms: 400, start: true };
    while (!this.#over.signal.aborted) {
      const leases = await this.#lease(asked);
      if (this.#submitting.signal.aborted) for (const lease of leases) await this.#complete(lease);
      await pause(restMs);
    }
  }

  async #lease(asked: object): Promise<readonly Lease[]> {
    const answer = await this.#ask([200], () => this.current().post('/v1/leases', asked));
    if (answer === null) return [];
    return itemsIn(answer, 'leases').map((lease) => ({
      id: String(lease['lease_id']),
      jobId: String(lease['job_id']),
    }));
  }

  async #complete({ id, jobId }: Lease): Promise<void> {
    const done = await this.#ask([200, 409], () => this.current().post(`/v1/leases/${id}/complete`, { result: 1 }));
    if (done?.status === 200) this.completed.set(id, jobId);
  }

  async #replay(): Promise<void> {
    while (!this.#submitting.signal.aborted) {
      const webhook = this.webhookId;
      const wanted = { from: new Date(Date.now() - 3_000).toISOString(), types: ['job.succeeded'] };
      if (webhook !== null) await this.#ask([202], () => this.current().post(`/v1/webhooks/${webhook}/replay`, wanted));
      await this.#rest(1_000);
    }
  }

  async #trigger(): Promise<void> {
    while (!this.#submitting.signal.aborted) {
      const schedule = this.scheduleId;
      if (schedule !== null) await this.#ask([200], () => this.current().post(`/v1/schedules/${schedule}/trigger`));
      await this.#rest(800);
    }
  }

  async #changeKeys(): Promise<void> {
    const path = `/v1/clients/${operatorId}/keys`;
    for (let n = 0; !this.#submitting.signal.aborted; n += 1) {
      const issued = await this.#ask([200, 201], () =>
        this.current().post(path, { name: `key ${n}`, scopes: ['client'] }),
      );
      // 200: an earlier request made it, whose answer with the key itself was lost.
      if (issued?.status === 201) {
        const { key_id, api_key } = issued.body;
        const revoked = await this.#ask([200], () => this.current().post(`${path}/revoke`, { key_id: String(key_id) }));
        if (revoked !== null) this.revoked.push(String(api_key));
      }
      await this.#rest(500);
    }
  }

  async #rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#submitting.signal }).catch(() => undefined);
  }

  /** Asks until it is answered; null once all is over. */
  async #ask<Body>(fine: readonly number[], send: () => Promise<ApiAnswer<Body>>): Promise<ApiAnswer<Body> | null> {
    const answer = await answered(send, this.#over.signal);
    if (answer !== null && !fine.includes(answer.status)) throw new Error(`${answer.status} ${answer.text}`);
    return answer;
  }
}

interface Lease {
  readonly id: string;
  readonly jobId: string;
}

/** The operator has this id in every installation. */
const operatorId = '8eb0c3fd-45a9-5553-ad34-bf6fc89b4c8f';
