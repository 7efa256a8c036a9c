// The client that makes the noise for tenants.mjs, in a process of its own: what it sends, reads and answers costs the
// process that measures nothing. It does what it is told: 'prepare', then 'start' and 'stop', as often as it is asked.
import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat, submitMany, tenant } from './lib/tenant.mjs';

const { URL_OF_ENGINE, API_KEY, RESOURCE, QUIET_MS, NICE = '0' } = process.env;
setPriority(Number(NICE));
const call = tenant(URL_OF_ENGINE, API_KEY);
const job = { type: 'EXECUTE', work_kind: 'a.b' };
const slowMs = 8_000;

/** How the noise was answered, by status: a noise that is refused is none. */
const answers = {};
const blast = async (...request) => {
  const status = await call.status(...request);
  answers[status] = (answers[status] ?? 0) + 1;
};

async function receiver(answersAfterMs) {
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.writeHead(200).end(), answersAfterMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** Reads a stream and forgets what it says. */
async function drained(body) {
  try {
    for await (const chunk of body) void chunk;
  } catch (error) {
    if (error.name !== 'AbortError' && error.code !== 'ECONNRESET') throw error;
  }
}

const loops = (count, stop, work) => Array.from({ length: count }, (_, n) => repeat(stop, () => work(n)));

/**
 * `prepare` is done before anything is measured. `noise` begins, and answers with what goes on until it is stopped; where
 * nothing does, it has begun something that takes the engine longer than the measurement. So many connections are opened
 * before anything is measured, and used by the noise.
 */
const noises = {
  'built-in slots': {
    noise: () => submitMany(call, 64, { type: 'EXECUTE', work_kind: 'RUNS_LONG', priority: 0 }),
  },
  timers: {
    prepare: async () => {
      // They wait while the victim is measured alone, and all become due when that is over.
      const dueAt = Date.now() + 60_000 + Number(QUIET_MS);
      await submitMany(call, 30_000, {
        type: 'DEFERRED',
        work_kind: 'a.b',
        execution_at: new Date(dueAt).toISOString(),
      });
      return dueAt;
    },
    noise: async (_stop, dueAt) => {
      if (Date.now() > dueAt) throw new Error('the timers were due before the noise was to begin');
      await sleep(dueAt - Date.now());
    },
  },
  'planning of deliveries, and attempts': {
    prepare: async () => {
      const url = await receiver(slowMs);
      for (let n = 0; n < 40; n += 1) await call('POST', '/v1/webhooks', { url: `${url}/${n}` });
    },
    noise: (stop) => [
      repeat(stop, async () => {
        await submitMany(call, 500, job);
        await Promise.race([sleep(5_000), once(stop, 'abort')]);
      }),
    ],
  },
  'fan-out to webhooks': {
    prepare: async () => {
      const url = await receiver(0);
      for (let n = 0; n < 200; n += 1) await call('POST', '/v1/webhooks', { url: `${url}/${n}` });
    },
    noise: () => submitMany(call, 1_000, job),
  },
  replays: {
    prepare: async () => {
      await submitMany(call, 5_000, job);
      for (let n = 0; n < 20; n += 1)
        await call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/', events: ['none.at.all', `none.number${n}`] });
    },
    noise: async () => {
      const { items } = (await call('GET', '/v1/webhooks')).body;
      const from = new Date(Date.now() - 3_600_000).toISOString();
      for (let n = 0; n < 10; n += 1)
        for (const { webhook_id } of items) await blast('POST', `/v1/webhooks/${webhook_id}/replay`, { from });
    },
  },
  'name look-ups': {
    prepare: async () => {
      // Each is looked up as it is registered, and waits for that: one after the other they would take minutes.
      const urls = Array.from({ length: 100 }, (_, n) => `http://n${n}.silent.example/`);
      await Promise.all(urls.map((url) => call('POST', '/v1/webhooks', { url })));
    },
    noise: () => submitMany(call, 50, job),
  },
  'reads and reports': {
    connections: 32,
    prepare: () => submitMany(call, 5_000, job),
    noise: (stop) => loops(32, stop, () => blast('GET', '/v1/jobs?limit=200')),
  },
  'waiting requests for leases': {
    connections: 500,
    noise: (stop) =>
      loops(500, stop, (n) => blast('POST', '/v1/leases', { worker_id: `n${n}`, queues: [`q${n}`], wait_ms: 2_000 })),
  },
  'event streams': {
    connections: 501,
    noise: (stop) => [
      ...Array.from({ length: 500 }, async () => drained(await call.stream('/v1/events', stop))),
      repeat(stop, () => submitMany(call, 20, job)),
    ],
  },
  'room for unfinished jobs': {
    connections: 4,
    prepare: () => submitMany(call, 18_000, job),
    noise: (stop) => loops(4, stop, () => blast('POST', '/v1/jobs', job)),
  },
};

const { prepare, noise, connections = 1 } = noises[RESOURCE];
let prepared;
let stop;
let going = [];

const orders = {
  async prepare() {
    prepared = await prepare?.();
  },
  async open() {
    await Promise.all(Array.from({ length: connections }, () => call('GET', '/v1/jobs?limit=1')));
  },
  async start() {
    stop = new AbortController();
    setMaxListeners(0, stop.signal);
    going = (await noise(stop.signal, prepared)) ?? [];
  },
  async stop() {
    stop.abort();
    await Promise.all(going.map((each) => each.catch(endedBy(stop.signal))));
    return answers;
  },
};

function endedBy(signal) {
  return (error) => {
    if (!signal.aborted || error.name !== 'AbortError') throw error;
  };
}

process.on('disconnect', () => process.exit(0));
process.on('message', async (order) => process.send({ done: order, answer: await orders[order]() }));
