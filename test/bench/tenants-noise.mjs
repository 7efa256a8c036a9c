// The client that makes the noise for tenants.mjs, in a process of its own: what it sends, reads and answers costs the
// process that measures nothing. It does what it is told: 'prepare', then 'start' and 'stop', as often as it is asked.
import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat, submitMany, tenant } from './lib/tenant.mjs';

const { URL_OF_ENGINE, API_KEY, RESOURCE, QUIET_MS, NICE } = process.env;
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

/** A server that answers at once, or `answersAfterMs` later. */
async function receiver() {
  const receiving = { url: '', answersAfterMs: 0, count: 0 };
  const server = createServer((request, response) => {
    request.resume();
    receiving.count += 1;
    const answer = () => response.writeHead(200).end();
    if (receiving.answersAfterMs === 0) answer();
    else setTimeout(answer, receiving.answersAfterMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiving.url = `http://127.0.0.1:${server.address().port}`;
  return receiving;
}

/** Webhooks, and an engine that has delivered to them before anything is measured. */
async function webhooks(count) {
  const receiving = await receiver();
  for (let n = 0; n < count; n += 1) await call('POST', '/v1/webhooks', { url: `${receiving.url}/${n}` });
  const jobs = Math.ceil(2_000 / count);
  await submitMany(call, jobs, job);
  // Each job is made, and is ready at once: two events.
  while (receiving.count < 2 * jobs * count) await sleep(20);
  return receiving;
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
      const receiving = await webhooks(40);
      receiving.answersAfterMs = slowMs;
    },
    noise: (stop) => [
      repeat(stop, async () => {
        await submitMany(call, 500, job);
        await Promise.race([sleep(5_000), once(stop, 'abort')]);
      }),
    ],
  },
  'fan-out to webhooks': {
    prepare: () => webhooks(200),
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
