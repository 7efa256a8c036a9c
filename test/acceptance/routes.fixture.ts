import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type TestDatabase } from '../support/postgres.js';
import { leasedOne, plainJob, submitted } from './jobs.fixture.js';

/** What fixtures need beside loopback for webhooks, where nothing listens. */
export const fixtureEnv = {
  FORGERUN_ROLES: 'api,projector,saga',
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_RATE_LIMIT_PER_MINUTE: '0',
  FORGERUN_LOG_LEVEL: 'fatal',
} as const;

export type Made = Readonly<Record<string, string>>;

/**
 * `thing`: one client's, so that another's is answered like one that does not exist. `name`: a word that everybody may
 * use and that means one's own. `text`: a name that may be any text. `known`: one of a list that is the same for all.
 */
export type ParameterKind = 'thing' | 'name' | 'text' | 'known';

export interface Fixture {
  readonly kind: ParameterKind;
  /** Makes one and gives its id; `made` holds those of the places further left in the path. */
  own(made: Made): Promise<string>;
  missing(): string;
}

/** A client with whatever a path can ask for. */
export class Tenant {
  constructor(
    readonly clientId: string,
    readonly api: Api,
    private readonly database: Pick<TestDatabase, 'connectionString'>,
  ) {}

  static async of(operator: Api, database: Pick<TestDatabase, 'connectionString'>): Promise<Tenant> {
    const { clientId, api } = await operator.newClient();
    return new Tenant(clientId, api, database);
  }

  readonly #fixtures: Readonly<Record<string, Fixture>> = {
    client_id: thing(() => Promise.resolve(this.clientId)),
    job_id: thing(() => this.#failedJob()),
    lease_id: thing(async () => (await this.lease()).leaseId),
    schedule_id: thing(() => this.#made('/v1/schedules', this.#schedule(), 'schedule_id')),
    webhook_id: thing(() => this.#made('/v1/webhooks', this.#webhook(), 'webhook_id')),
    delivery_id: thing(async (made) => {
      const webhookId = made['webhook_id'] ?? (await this.fixture('webhook_id').own({}));
      return this.#made(`/v1/webhooks/${webhookId}/test`, {}, 'delivery_id');
    }),
    queue: { kind: 'name', own: () => this.queue(), missing: () => `q-${randomUUID()}`.slice(0, 40) },
    schedule_name: { kind: 'text', own: () => Promise.resolve(randomUUID()), missing: () => randomUUID() },
    name: { kind: 'known', own: () => Promise.resolve('jobs'), missing: () => 'no-such-projection' },
    stream: { kind: 'known', own: () => this.#parkedStream(), missing: () => `job-${randomUUID()}` },
    code: { kind: 'known', own: () => Promise.resolve('RFA_JOB_NOT_FOUND'), missing: () => 'RFA_NO_SUCH' },
  };

  /** Throws where a new route asks for something that this file has not been told how to make. */
  fixture(parameter: string): Fixture {
    const fixture = this.#fixtures[parameter];
    if (fixture === undefined) throw new Error(`routes.fixture.ts does not know how to make a ${parameter}`);
    return fixture;
  }

  /** A fresh one of everything in a path, from left to right. */
  async everyOf(parameters: readonly string[]): Promise<Made> {
    let made: Made = {};
    for (const parameter of parameters) made = { ...made, [parameter]: await this.fixture(parameter).own(made) };
    return made;
  }

  /** The least that a call's body may be, by the schema and by what its members mean. */
  async bodyFor(key: string, schema: Schema): Promise<unknown> {
    if (key === 'POST /v1/jobs') return plainJob;
    if (key.endsWith('/keys/renew')) return { key_id: (await this.newKey(['read'])).keyId };
    if (key === 'POST /v1/leases/heartbeat') return { items: [{ lease_id: (await this.lease()).leaseId }] };
    if (key === 'POST /v1/leases/complete') return { items: [{ lease_id: (await this.lease()).leaseId, result: 1 }] };
    const { name, ...unnamed } = this.#schedule();
    if (key === 'POST /v1/schedules') return { name, ...unnamed };
    if (key === 'PUT /v1/schedules/by-name/{name}') return unnamed;
    const required = (schema['required'] ?? []) as readonly string[];
    const entries = await Promise.all(required.map(async (name) => [name, await this.#valueFor(key, name)] as const));
    return Object.fromEntries(entries);
  }

  /** Where a job of one's own waits. */
  async queue(): Promise<string> {
    const queue = `q-${randomUUID()}`.slice(0, 40);
    await submitted(this.api, { queue });
    return queue;
  }

  async lease(): Promise<{ readonly leaseId: string; readonly jobId: string }> {
    const queue = randomUUID();
    await submitted(this.api, { queue });
    const { lease_id, job_id } = await leasedOne(this.api, { queues: [queue], start: true });
    return { leaseId: lease_id, jobId: job_id };
  }

  async newKey(scopes: readonly string[], name: string = randomUUID()): Promise<{ keyId: string; apiKey: string }> {
    const { body } = await must(() => this.api.post(`/v1/clients/${this.clientId}/keys`, { scopes, name }));
    return { keyId: String(body['key_id']), apiKey: String(body['api_key']) };
  }

  async #valueFor(key: string, name: string): Promise<unknown> {
    const values: Readonly<Record<string, () => unknown>> = {
      jobs: () => [plainJob],
      worker_id: () => 'w1',
      max_running: () => 100,
      reason: () => 'a test',
      error: () => ({ message: 'broken' }),
      key_id: async () => (await this.newKey(['read'])).keyId,
      url: () => this.#webhook().url,
      from: () => new Date(Date.now() - 60_000).toISOString(),
    };
    const value = values[name];
    if (value === undefined) throw new Error(`routes.fixture.ts has no ${name} for ${key}`);
    return await value();
  }

  /** No call can park a stream. */
  async #parkedStream(): Promise<string> {
    const stream = `job-${randomUUID()}`;
    const client = new pg.Client({ connectionString: this.database.connectionString });
    await client.connect();
    try {
      await client.query(
        `insert into forgerun_engine.parked_streams (follower, stream, client_id, revision, position, event_id, reason)
         values ('jobs', $1, $2, 0, 0, $3, 'a test')`,
        [stream, this.clientId, randomUUID()],
      );
    } finally {
      await client.end();
    }
    return stream;
  }

  async #failedJob(): Promise<string> {
    const { leaseId, jobId } = await this.lease();
    await must(() => this.api.post(`/v1/leases/${leaseId}/fail`, { error: { message: 'broken' }, retryable: false }));
    return jobId;
  }

  #schedule() {
    return { name: randomUUID(), cron: '0 0 1 1 *', timezone: 'UTC', job: plainJob };
  }

  #webhook() {
    return { url: `http://127.0.0.1:9/${randomUUID()}` };
  }

  async #made(path: string, body: object, member: string): Promise<string> {
    return String((await must(() => this.api.post(path, body))).body[member]);
  }
}

/** The names of what a path leaves open, in either spelling. */
export const parametersIn = (template: string): readonly string[] =>
  [...template.matchAll(/\{(\w+)\}|:(\w+)/g)].map(([, inBraces, afterColon]) =>
    meaningOf(inBraces ?? afterColon ?? '', template),
  );

/** More than one kind of thing is called by its name. */
const meaningOf = (parameter: string, template: string): string =>
  parameter === 'name' && template.includes('/schedules/') ? 'schedule_name' : parameter;

/** `/v1/jobs/{job_id}` or `/v1/jobs/:job_id` with ids in place. */
export const pathWith = (template: string, made: Made): string =>
  template.replace(/\{(\w+)\}|:(\w+)/g, (_all, inBraces: string | undefined, afterColon: string | undefined) =>
    encodeURIComponent(made[meaningOf(inBraces ?? afterColon ?? '', template)] ?? ''),
  );

const thing = (own: Fixture['own']): Fixture => ({ kind: 'thing', own, missing: () => randomUUID() });

/** Asks again while a busy machine has no time for it. */
async function must(ask: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.status < 300) return answer;
    if (answer.status !== 503 || tries === 20)
      throw new Error(`a fixture was answered with ${answer.status} ${answer.text}`);
    await pause(200);
  }
}
