// What a client notices of another one at full blast, for each thing that they share: the victim's 99th percentile alone
// and beside the noise, in milliseconds. The goal is that it at most doubles.
//   npm run bench:tenants -- [samples of each] [rows, by a part of their names]
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NameServer } from '../support/name-server.ts';
import { testDatabase } from '../support/postgres.ts';
import { fmt, median, quantile, table } from './lib/stats.mjs';

const samples = Number(process.argv[2] ?? 50);
const wanted = process.argv.slice(3);
const isWanted = (name) => wanted.length === 0 || wanted.some((part) => name.includes(part));
const adminKey = 'an-admin-key-for-benches';
const slowMs = 8_000;

const arrivals = new Map();
const receiver = createServer((request, response) => {
  request.resume();
  const isSlow = request.url.startsWith('/slow');
  if (!isSlow) arrivals.get(request.url)?.();
  setTimeout(() => response.writeHead(200).end(), isSlow ? slowMs : 0);
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverUrl = `http://127.0.0.1:${receiver.address().port}`;

const arrivalAt = (path) => new Promise((resolve) => arrivals.set(path, resolve));
const names = await NameServer.open((name) => (name.includes('.silent.') ? 'silent' : ['127.0.0.1']));

async function onEngine(env, work) {
  const database = await testDatabase();
  const child = fork(fileURLToPath(new URL('tenants-server.mjs', import.meta.url)), {
    env: { ...process.env, DATABASE: database.connectionString, SETTINGS: JSON.stringify(env ?? {}) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url }] = await once(child, 'message');
  const caller = (key) => async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const stream = (key) => async (path, signal) =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' }, signal }))
      .body;
  const operator = caller(adminKey);
  const newClient = async () => {
    const { client_id } = (await operator('POST', '/v1/clients', {})).body;
    const { api_key } = (await operator('POST', `/v1/clients/${client_id}/keys`, {})).body;
    return Object.assign(caller(api_key), { stream: stream(api_key) });
  };
  try {
    return await work(await newClient(), await newClient());
  } finally {
    child.send('stop');
    await once(child, 'exit');
    await database.drop();
  }
}

async function submitMany(call, count, job) {
  for (let left = count; left > 0; left -= 500)
    await call('POST', '/v1/jobs/batch', { jobs: Array.from({ length: Math.min(500, left) }, () => job) });
}

async function finished(call, id) {
  for (;;) {
    const { body } = await call('GET', `/v1/jobs/${id}`);
    if (body.state === 'SUCCEEDED') return body;
    await sleep(5);
  }
}

const timed = async (work) => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/** Reads a stream and forgets what it says. */
async function drained(body) {
  try {
    for await (const chunk of body) void chunk;
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

/** Calls again and again until it is stopped; resolves once the last call has been answered. */
async function repeat(stop, work) {
  while (!stop.aborted) await work();
}

/**
 * `noise` begins, and may answer with a list of what goes on for as long as `stop.aborted` is not; `sample` is one
 * measurement of the victim.
 */
const resources = {
  'built-in slots': {
    noise: (call) => submitMany(call, 64, { type: 'EXECUTE', work_kind: 'RUNS_LONG', priority: 0 }),
    sample: (call) =>
      timed(async () => {
        const job = { type: 'EMIT_EVENT', priority: 9, payload: { event_name: 'a.b', data: 1 } };
        await finished(call, (await call('POST', '/v1/jobs', job)).body.job_id);
      }),
  },
  timers: {
    noise: (call) => {
      const execution_at = new Date(Date.now() + 15_000).toISOString();
      return submitMany(call, 30_000, { type: 'DEFERRED', work_kind: 'a.b', execution_at });
    },
    settleMs: 15_000,
    sample: async (call) => {
      const due = Date.now() + 200;
      const job = { type: 'DEFERRED', work_kind: 'a.b', execution_at: new Date(due).toISOString() };
      const { job_id } = (await call('POST', '/v1/jobs', job)).body;
      for (;;) {
        const { body } = await call('GET', `/v1/jobs/${job_id}/events`);
        const queued = body.items.find(({ event_name }) => event_name === 'JobQueued');
        if (queued !== undefined) return Date.parse(queued.timestamp) - due;
        await sleep(20);
      }
    },
  },
  'planning of deliveries, and attempts': {
    prepare: async (noise, victim) => {
      for (let n = 0; n < 40; n += 1) await noise('POST', '/v1/webhooks', { url: `${receiverUrl}/slow/${n}` });
      await victim('POST', '/v1/webhooks', { url: `${receiverUrl}/fast`, events: ['job.created'] });
    },
    noise: (call) => submitMany(call, 500, { type: 'EXECUTE', work_kind: 'a.b' }),
    sample: (call) =>
      timed(async () => {
        const arrived = arrivalAt('/fast');
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
        await arrived;
      }),
  },
  replays: {
    prepare: async (noise, victim) => {
      await submitMany(noise, 5_000, { type: 'EXECUTE', work_kind: 'a.b' });
      await victim('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
      for (let n = 0; n < 20; n += 1)
        await noise('POST', '/v1/webhooks', { url: `${receiverUrl}/none`, events: ['none.at.all', `none.number${n}`] });
      victim.webhook = (
        await victim('POST', '/v1/webhooks', { url: `${receiverUrl}/replayed`, events: ['job.created'] })
      ).body;
    },
    noise: async (call) => {
      const { items } = (await call('GET', '/v1/webhooks')).body;
      const from = new Date(Date.now() - 3_600_000).toISOString();
      for (let n = 0; n < 10; n += 1)
        for (const { webhook_id } of items) await call('POST', `/v1/webhooks/${webhook_id}/replay`, { from });
    },
    sample: (call) =>
      timed(async () => {
        const arrived = arrivalAt('/replayed');
        const from = new Date(Date.now() - 3_600_000).toISOString();
        await call('POST', `/v1/webhooks/${call.webhook.webhook_id}/replay`, { from });
        await arrived;
      }),
  },
  'name look-ups': {
    env: { FORGERUN_DNS_SERVERS: names.address },
    noise: async (call) => {
      for (let n = 0; n < 100; n += 1) await call('POST', '/v1/webhooks', { url: `http://n${n}.silent.example/` });
      await submitMany(call, 50, { type: 'EXECUTE', work_kind: 'a.b' });
    },
    sample: (call) =>
      timed(async () => {
        const path = `/named/${randomUUID()}`;
        const arrived = arrivalAt(path);
        const url = `http://${randomUUID()}.example:${receiver.address().port}${path}`;
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'HTTP_REQUEST', payload: { method: 'GET', url } });
        await arrived;
      }),
  },
  'reads and reports': {
    prepare: (noise) => submitMany(noise, 5_000, { type: 'EXECUTE', work_kind: 'a.b' }),
    noise: (call, stop) => {
      return Array.from({ length: 32 }, () => repeat(stop, () => call('GET', '/v1/jobs?limit=200')));
    },
    sample: (call) => timed(() => call('GET', '/v1/jobs?limit=10')),
  },
  'waiting requests for leases': {
    // Its five hundred connections are opened first.
    settleMs: 5_000,
    noise: (call, stop) => {
      return Array.from({ length: 500 }, (_, n) =>
        repeat(stop, () => call('POST', '/v1/leases', { worker_id: `n${n}`, queues: [`q${n}`], wait_ms: 2_000 })),
      );
    },
    sample: (call) =>
      timed(async () => {
        const lease = call('POST', '/v1/leases', { worker_id: 'v', wait_ms: 20_000 });
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
        await lease;
      }),
  },
  'event streams': {
    noise: async (call, stop) => {
      for (let n = 0; n < 500; n += 1) void drained(await call.stream('/v1/events', stop));
      return [repeat(stop, () => submitMany(call, 20, { type: 'EXECUTE', work_kind: 'a.b' }))];
    },
    sample: async (call) => {
      const close = new AbortController();
      const chunks = (await call.stream('/v1/events?types=JobCreated', close.signal)).values();
      await chunks.next();
      const ms = await timed(async () => {
        const { job_id } = (await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' })).body;
        for (let text = ''; !text.includes(job_id);) text += Buffer.from((await chunks.next()).value).toString();
      });
      close.abort();
      return ms;
    },
  },
  'room for unfinished jobs': {
    env: { FORGERUN_MAX_ACTIVE_JOBS: '20000' },
    noise: async (call, stop) => {
      await submitMany(call, 18_000, { type: 'EXECUTE', work_kind: 'a.b' });
      return Array.from({ length: 4 }, () =>
        repeat(stop, () => call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' })),
      );
    },
    sample: (call) =>
      timed(async () => {
        const { status } = await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
        if (status !== 202) throw new Error(`the victim was answered with ${status}`);
      }),
  },
};

const rows = [];
for (const [name, { prepare, noise, sample, env, settleMs = 1_000 }] of Object.entries(resources)) {
  if (!isWanted(name)) continue;
  const row = await onEngine(env, async (loud, victim) => {
    const stop = new AbortController();
    await prepare?.(loud, victim);
    const measure = async () => {
      const found = [];
      while (found.length < samples) found.push(await sample(victim));
      return found;
    };
    await sample(victim);
    const alone = await measure();
    const [going] = await Promise.all([noise(loud, stop.signal), sleep(settleMs)]);
    const beside = await measure();
    stop.abort();
    await Promise.all(going ?? []);
    const [before, after] = [quantile(alone, 0.99), quantile(beside, 0.99)];
    return [name, fmt(median(alone)), fmt(before), fmt(median(beside)), fmt(after), `${fmt(after / before)} x`];
  });
  rows.push(row);
  console.error(row.join('  '));
}
receiver.closeAllConnections();
receiver.close();
await names.close();
console.log(`${os.cpus().length} x ${os.cpus()[0]?.model}, Node ${process.versions.node}, ${samples} samples, ms`);
console.log(table(['shared', 'median alone', 'p99 alone', 'median beside', 'p99 beside', 'p99 ratio'], rows));
process.exit(0);
