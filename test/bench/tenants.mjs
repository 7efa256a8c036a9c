// What a client notices of another one at full blast, for each thing that they share: the victim's 99th percentile alone
// and beside the noise, in milliseconds. The goal is that it at most doubles. This process does nothing but measure:
// the engine, its database and the noise have processes of their own.
//   npm run bench:tenants -- [samples of each] [rows, by a part of their names]
// The noise's own process has what processor time the others leave, as if it were on another machine; NICE=0 lets it take
// as much as the engine.
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
import { tenant } from './lib/tenant.mjs';

// A 99th percentile of fewer is the greatest of them.
const samples = Number(process.argv[2] ?? 200);
const nice = process.env.NICE ?? '19';
const wanted = process.argv.slice(3);
const isWanted = (name) => wanted.length === 0 || wanted.some((part) => name.includes(part));
/** A sample that takes longer ends as one of this length, and is counted. */
const sampleLimitMs = 10_000;
/** What is told to another process and takes longer ends the row. */
const orderLimitMs = 120_000;
const pauseMs = 50;

const arrivals = new Map();
const receiver = createServer((request, response) => {
  request.resume();
  arrivals.get(request.url)?.();
  response.writeHead(200).end();
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverUrl = `http://127.0.0.1:${receiver.address().port}`;
const arrivalAt = (path) => new Promise((resolve) => arrivals.set(path, resolve));
// The noise's names are left unanswered, which costs nothing here.
const names = await NameServer.open((name) => (name.includes('.silent.') ? 'silent' : ['127.0.0.1']));

/** A process that does what it is told, one order after the other. */
class Worker {
  constructor(file, env) {
    this.child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      env: { ...process.env, ...env },
      // As `npm start` runs the engine.
      execArgv: [...process.execArgv, '--max-semi-space-size=64'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** The next thing it says. */
  async hear(what) {
    const answer = once(this.child, 'message').then(([message]) => message);
    const gone = once(this.child, 'exit').then(() => {
      throw new Error(`the process ended before it had answered to ${what}`);
    });
    return await within(orderLimitMs, Promise.race([answer, gone]), what);
  }

  async tell(order) {
    const answer = this.hear(order);
    this.child.send(order);
    return (await answer).answer;
  }

  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

async function within(ms, work, what) {
  const over = new AbortController();
  try {
    const late = sleep(ms, null, { signal: over.signal, ref: false }).then(() => {
      throw new Error(`${what} took more than ${ms} ms`);
    });
    late.catch(() => undefined);
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

async function finished(call, id) {
  for (;;) {
    const { body } = await call('GET', `/v1/jobs/${id}`);
    if (body.state === 'SUCCEEDED') return body;
    if (body.state === 'FAILED') throw new Error(`the victim's job failed: ${JSON.stringify(body.error)}`);
    await sleep(5);
  }
}

const timed = async (work) => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/**
 * `sample` is one measurement of the victim. `rounds`: how often the victim is measured alone and beside the noise, in
 * turns, where the noise can be stopped; and then from its first moment on. Where it cannot, it has `settleMs` to begin.
 */
const resources = {
  'built-in slots': {
    settleMs: 1_000,
    sample: (call) =>
      timed(async () => {
        const job = { type: 'EMIT_EVENT', priority: 9, payload: { event_name: 'a.b', data: 1 } };
        await finished(call, (await call('POST', '/v1/jobs', job)).body.job_id);
      }),
  },
  timers: {
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
    prepare: (victim) => victim('POST', '/v1/webhooks', { url: `${receiverUrl}/fast`, events: ['job.created'] }),
    sample: (call) =>
      timed(async () => {
        const arrived = arrivalAt('/fast');
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
        await arrived;
      }),
  },
  'fan-out to webhooks': {
    prepare: (victim) => victim('POST', '/v1/webhooks', { url: `${receiverUrl}/fanned`, events: ['job.created'] }),
    sample: (call) =>
      timed(async () => {
        const arrived = arrivalAt('/fanned');
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
        await arrived;
      }),
  },
  replays: {
    settleMs: 1_000,
    prepare: async (victim) => {
      await victim('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
      const webhook = { url: `${receiverUrl}/replayed`, events: ['job.created'] };
      victim.webhook = (await victim('POST', '/v1/webhooks', webhook)).body;
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
    settleMs: 1_000,
    env: { FORGERUN_DNS_SERVERS: names.address },
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
    rounds: 2,
    sample: (call) => timed(() => call('GET', '/v1/jobs?limit=10')),
  },
  'waiting requests for leases': {
    rounds: 2,
    sample: (call) =>
      timed(async () => {
        const queue = randomUUID();
        const lease = call('POST', '/v1/leases', { worker_id: 'v', queues: [queue], wait_ms: 20_000 });
        await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b', queue });
        await lease;
      }),
  },
  'event streams': {
    rounds: 2,
    sample: async (call, signal) => {
      const close = new AbortController();
      const chunks = (
        await call.stream(
          `/v1/events?types=JobCreated&from=${new Date().toISOString()}`,
          AbortSignal.any([signal, close.signal]),
        )
      ).iterator();
      await chunks.next();
      const ms = await timed(async () => {
        const { job_id } = (await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' })).body;
        for (let text = ''; !text.includes(job_id);) text += (await chunks.next()).value.toString();
      });
      close.abort();
      return ms;
    },
  },
  'room for unfinished jobs': {
    rounds: 2,
    env: { FORGERUN_MAX_ACTIVE_JOBS: '20000' },
    sample: async (call) => {
      let answer;
      const ms = await timed(async () => {
        answer = await call('POST', '/v1/jobs', { type: 'EXECUTE', work_kind: 'a.b' });
      });
      if (answer.status !== 202) throw new Error(`the victim was answered with ${answer.status}`);
      // The last tenth is for those that have less than a hundredth, which is no more jobs than the samples are.
      await call('POST', `/v1/jobs/${answer.body.job_id}/cancel`);
      return ms;
    },
  },
};

/** An engine, its victim and its noise, for the length of `work`. */
async function onEngine(name, env, work) {
  const database = await testDatabase();
  const workers = [];
  const worker = (...given) => {
    workers.push(new Worker(...given));
    return workers.at(-1);
  };
  try {
    const settings = JSON.stringify(env ?? {});
    const engine = worker('tenants-server.mjs', { DATABASE: database.connectionString, SETTINGS: settings });
    const { url } = await engine.hear('its start');
    const operator = tenant(url, 'an-admin-key-for-benches');
    const newKey = async () => {
      const { client_id } = (await operator('POST', '/v1/clients', {})).body;
      return (await operator('POST', `/v1/clients/${client_id}/keys`, {})).body.api_key;
    };
    const noise = worker('tenants-noise.mjs', {
      URL_OF_ENGINE: url,
      API_KEY: await newKey(),
      RESOURCE: name,
      QUIET_MS: String(samples * 500),
      NICE: nice,
    });
    return await work({ engine, noise, victim: tenant(url, await newKey()) });
  } finally {
    for (const each of workers.reverse()) await each.end();
    await database.drop();
  }
}

/** So many samples, of which those that took too long are counted. */
async function measure(call, sample, count, found) {
  for (let n = 0; n < count; n += 1) {
    const over = new AbortController();
    const limited = (...request) => call(...request, ...Array(3 - request.length).fill(undefined), over.signal);
    try {
      const work = sample(Object.assign(limited, call, { stream: call.stream }), over.signal);
      work.catch(() => undefined);
      found.ms.push(await within(sampleLimitMs, work, 'a sample'));
    } catch (error) {
      console.error(`  ${error.message}`);
      found.ms.push(sampleLimitMs);
      found.cutOff += 1;
    } finally {
      over.abort();
    }
    await sleep(pauseMs);
  }
}

async function rowOf(name, { prepare, sample, env, rounds = 1, settleMs = 0 }) {
  return await onEngine(name, env, async ({ engine, noise, victim }) => {
    const [alone, beside] = [1, 2].map(() => ({ ms: [], cutOff: 0, cpu: [], stallMs: [] }));
    const phase = async (found, count, begin) => {
      await engine.tell('begin');
      const begun = begin();
      if (settleMs > 0 || rounds === 1) await Promise.all([begun, sleep(settleMs)]);
      await measure(victim, sample, count, found);
      const { cpu, stallMs } = await engine.tell('end');
      found.cpu.push(cpu);
      found.stallMs.push(stallMs);
      await begun;
    };
    await noise.tell('prepare');
    await prepare?.(victim);
    await measure(victim, sample, 5, { ms: [] });
    if (rounds > 1) {
      // Both phases are measured on an engine that has seen both.
      const started = noise.tell('start');
      await Promise.all([started, sleep(1_000)]);
      await noise.tell('stop');
    }
    let answers = {};
    for (let round = 0; round < rounds; round += 1) {
      // The connections of the noise that was stopped may be gone.
      await noise.tell('open');
      await phase(alone, samples / rounds, () => Promise.resolve());
      await phase(beside, samples / rounds, () => noise.tell('start'));
      answers = await noise.tell('stop');
    }
    const [before, after] = [quantile(alone.ms, 0.99), quantile(beside.ms, 0.99)];
    return [
      name,
      fmt(median(alone.ms)),
      fmt(before),
      fmt(median(beside.ms)),
      fmt(after),
      `${fmt(after / before)} x`,
      `${alone.cutOff}, ${beside.cutOff}`,
      `${Math.max(...beside.cpu.map((cpu) => Math.round(cpu * 100)))} %`,
      `${fmt(Math.max(...alone.stallMs))}, ${fmt(Math.max(...beside.stallMs))}`,
      Object.entries(answers)
        .map(([status, count]) => `${count} x ${status}`)
        .join(', '),
    ];
  });
}

const head = ['shared', 'median alone', 'p99 alone', 'median beside', 'p99 beside', 'p99 ratio', 'cut off'];
const loads = () => os.loadavg().slice(0, 2).map(fmt).join(', ');
console.error(`load ${loads()}`);
const rows = [];
for (const [name, resource] of Object.entries(resources)) {
  if (!isWanted(name)) continue;
  const from = performance.now();
  const row = await rowOf(name, resource).catch((error) => [name, `not measured: ${error.message}`]);
  rows.push(row);
  console.error(`${row.join('  ')}  (${Math.round((performance.now() - from) / 1000)} s, load ${loads()})`);
}
receiver.closeAllConnections();
receiver.close();
await names.close();
console.log(
  `${os.cpus().length} x ${os.cpus()[0]?.model}, Node ${process.versions.node}, ${samples} samples, ms, noise at nice ${nice}`,
);
console.log(table([...head, 'engine cpu', 'stalls alone, beside', 'noise answered'], rows));
process.exit(0);
