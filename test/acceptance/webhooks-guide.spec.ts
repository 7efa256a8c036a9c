import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type JobEvent, webhookReceiver } from './examples/webhook-receiver.js';
import { register, submit } from './webhooks.fixture.js';

const root = join(__dirname, '..', '..');
const guide = readFileSync(join(root, 'docs/guides/webhooks.md'), 'utf8');
const shown = [...guide.matchAll(/```ts file=(\S+)\n([^`]*(?:`(?!``)[^`]*)*)```/g)];

let engine: Engine;
const servers: Server[] = [];

beforeAll(async () => {
  engine = await startTestEngine({
    env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '20' },
  });
}, 240_000);
afterAll(async () => {
  await engine.stop();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});

async function listen(secret: string, handle: (event: JobEvent) => Promise<void>): Promise<number> {
  const ids = new Set<string>();
  const handled = {
    has: (id: string) => Promise.resolve(ids.has(id)),
    add: (id: string) => {
      ids.add(id);
      return Promise.resolve();
    },
  };
  const server = webhookReceiver(secret, handled, handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the guide to webhooks', () => {
  it('shows code', () => {
    expect(shown).toHaveLength(1);
  });

  it.each(shown.map(([, file = '', code = '']) => [file, code]))('shows %s as it is', (file, code) => {
    expect(code).toBe(readFileSync(join(root, file), 'utf8'));
  });
});

describe('the receiver of the guide', () => {
  it('takes what the engine sends, and handles each event once', async () => {
    const { api } = await engine.api.newClient();
    const done: JobEvent[] = [];
    let stumbles = 1;
    // The secret is known only once the webhook is there, so a place is held until then.
    const early = await listen(`whsec_${Buffer.alloc(32).toString('base64')}`, () => Promise.resolve());
    const { id, secret } = await register(api, `http://127.0.0.1:${early}/`, ['job.succeeded']);
    const port = await listen(secret, (event) => {
      stumbles -= 1;
      if (stumbles >= 0) return Promise.reject(new Error('not now'));
      done.push(event);
      return Promise.resolve();
    });
    await api.call('PATCH', `/v1/webhooks/${id}`, { url: `http://127.0.0.1:${port}/` });
    const jobId = await submit(api);
    type Page = { items: { delivery_id: string; state: string }[] };
    const path = `/v1/webhooks/${id}/deliveries`;
    const { body } = await api.until<Page>(path, (answer) => answer.body.items[0]?.state === 'DELIVERED');
    expect(done).toMatchObject([{ type: 'forgerun.job.succeeded', subject: jobId, data: { state: 'SUCCEEDED' } }]);
    const delivery = `${path}/${String(body.items[0]?.delivery_id)}`;
    await api.post(`${delivery}/redeliver`);
    type Attempts = { items: { state: string; attempts: unknown[] }[] };
    await api.until<Attempts>(path, (answer) => answer.body.items[0]?.attempts.length === 3);
    expect(done).toHaveLength(1);
  });

  it('turns away what was forged, and what is too old', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const port = await listen(secret, () => Promise.resolve());
    const post = async (at: Date, signer: string): Promise<number> => {
      const body = '{"id":"a"}';
      const headers = {
        'webhook-id': 'a',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(signer).sign('a', at, body),
      };
      return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
    };
    const now = new Date();
    expect(await post(now, secret)).toBe(204);
    expect(await post(now, `whsec_${Buffer.alloc(32, 2).toString('base64')}`)).toBe(401);
    expect(await post(new Date(now.getTime() - 301_000), secret)).toBe(401);
  });
});

const started: ChildProcessByStdio<null, Readable, null>[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});

const folder = 'test/acceptance/examples';

/** Runs a program of a guide as its reader does, and gives what it prints. */
function run(command: readonly string[], key: string | null | undefined, more: NodeJS.ProcessEnv = {}): Interface {
  const env = { ...process.env, FORGERUN_URL: engine.url, FORGERUN_API_KEY: key ?? '', ...more };
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  return createInterface({ input: child.stdout });
}

const node = (file: string): readonly string[] => [
  process.execPath,
  '--import',
  './test/support/run-ts.mjs',
  `${folder}/${file}`,
];

async function allOf(lines: Interface): Promise<readonly string[]> {
  const printed: string[] = [];
  for await (const line of lines) printed.push(line);
  return printed;
}

async function lineOf(lines: AsyncIterator<string, undefined>): Promise<string> {
  const next: IteratorResult<string, undefined> = await lines.next();
  return next.done === true ? 'no more lines' : next.value;
}

const emails = { type: 'EXECUTE', work_kind: 'email.send', payload: { to: 'ann' } };

describe('the programs that the guides show', () => {
  it('submit a job and wait for it', async () => {
    const { api } = await engine.api.newClient();
    expect(await allOf(run(node('first.mjs'), api.key))).toEqual(['SUCCEEDED 1']);
  });

  it('receive webhooks', async () => {
    const { api } = await engine.api.newClient();
    const { id, secret } = await register(api, 'http://127.0.0.1:9/', ['job.succeeded']);
    const lines = run(node('receiver.mjs'), api.key, { WEBHOOK_SECRET: secret, PORT: '0' })[Symbol.asyncIterator]();
    const port = /^listening on port (\d+)$/.exec(await lineOf(lines))?.[1] ?? '';
    await api.call('PATCH', `/v1/webhooks/${id}`, { url: `http://127.0.0.1:${port}/` });
    const jobId = await submit(api);
    expect(await lineOf(lines)).toBe(`forgerun.job.succeeded ${jobId}`);
  });

  it('retry every job that has failed for good', async () => {
    const { api } = await engine.api.newClient();
    const { body } = await api.post<{ job_id: string }>('/v1/jobs', emails);
    const [lease] = (
      await api.post<{ leases: { lease_id: string }[] }>('/v1/leases', {
        worker_id: 'w1',
        work_kinds: ['email.send'],
        wait_ms: 10_000,
      })
    ).body.leases;
    await api.post(`/v1/leases/${lease?.lease_id ?? ''}/fail`, { error: { message: 'no' }, retryable: false });
    await api.until('/v1/jobs?state=FAILED', (answer) => (answer.body['items'] as unknown[]).length === 1);
    expect(await allOf(run(node('again.mjs'), api.key))).toEqual([body.job_id]);
    expect((await api.get(`/v1/jobs/${body.job_id}`)).body).toMatchObject({ state: 'QUEUED', attempt: 2 });
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  (hasPython ? it : it.skip)('run jobs in Python', async () => {
    const { api } = await engine.api.newClient();
    const { body } = await api.post<{ job_id: string }>('/v1/jobs', emails);
    run(['python3', `${folder}/worker.py`], api.key);
    const { body: job } = await api.until(`/v1/jobs/${body.job_id}`, (answer) => answer.body['state'] === 'SUCCEEDED');
    expect(job).toMatchObject({ result: { sent_to: 'ann' } });
  });
});
