// One child process = one role (producer or worker) for one adapter. Driven over IPC by run.mjs.
import { makePayload, nowUs } from './payload.mjs';
const cfg = JSON.parse(process.argv[2]);
const mod = await import('../adapters/' + cfg.adapter + '.mjs');
const sys = mod.create(cfg.ctx);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

let seen,
  handled = 0,
  dup = 0,
  expect = 0,
  firstStart = 0,
  lastEnd = 0,
  lat = null,
  onAll = null,
  onCount = null;
function handler(d) {
  const t = nowUs();
  if (!firstStart) firstStart = t;
  if (lat && d.t) lat.push(t - d.t);
  if (seen) {
    if (seen[d.n]) dup++;
    else {
      seen[d.n] = 1;
      handled++;
    }
  } else handled++;
  lastEnd = t;
  if (handled === expect && onAll) onAll();
}
function arm(n, withLat) {
  seen = new Uint8Array(n);
  handled = 0;
  dup = 0;
  expect = n;
  firstStart = 0;
  lastEnd = 0;
  lat = withLat ? [] : null;
  return new Promise((r) => {
    onAll = r;
  });
}
const withTimeout = (p, ms) => Promise.race([p.then(() => true), sleep(ms).then(() => false)]);
let armed = null;

const cmds = {
  async setup({ profile }) {
    await sys.setup(profile);
  },
  async connect({ role, profile }) {
    await sys.connect(role, profile);
  },
  // ---- producer ----
  async enqueueOne({ from = 0, n, concurrency }) {
    let i = from;
    const end = from + n;
    const t0 = nowUs();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (i < end) {
          const k = i++;
          await sys.enqueueOne(makePayload(k, 0));
        }
      }),
    );
    return { t0, t1: nowUs(), n };
  },
  async enqueueBulk({ from = 0, n, batch, inflight = 1 }) {
    let i = from;
    const end = from + n;
    const t0 = nowUs();
    await Promise.all(
      Array.from({ length: inflight }, async () => {
        while (i < end) {
          const a = i;
          i = Math.min(end, i + batch);
          const jobs = [];
          for (let k = a; k < i; k++) jobs.push(makePayload(k, 0));
          await sys.enqueueBulk(jobs);
        }
      }),
    );
    return { t0, t1: nowUs(), n };
  },
  async enqueuePaced({ from = 0, n, perSecond }) {
    // open loop: arrival k is due at t0 + k/rate, whatever the earlier calls did
    const t0 = nowUs();
    const calls = [];
    const callMs = [];
    for (let k = 0; k < n; k++) {
      const due = t0 + (k * 1e6) / perSecond;
      let d;
      while ((d = due - nowUs()) > 0) await sleep(d > 2000 ? Math.floor(d / 1000) - 1 : 0);
      const t = nowUs();
      calls.push(
        sys.enqueueOne(makePayload(from + k, t)).then(() => {
          callMs.push((nowUs() - t) / 1000);
        }),
      );
    }
    await Promise.all(calls);
    return { t0, t1: nowUs(), n, callMs };
  },
  // ---- worker ----
  async arm({ n, latency }) {
    armed = arm(n, latency);
  },
  async startWorker({ profile }) {
    const t = nowUs();
    await sys.startWorker(handler, profile);
    return { t, started: nowUs() };
  },
  async waitAll({ timeoutMs = 600000, drained = true }) {
    const ok = await withTimeout(armed, timeoutMs);
    if (ok && drained) await sys.waitDrained();
    return { ok, handled, dup, firstStart, lastEnd, drainedAt: nowUs(), latUs: lat };
  },
  async stopWorker() {
    await sys.stopWorker();
  },
  async disk() {
    return sys.diskUsage ? sys.diskUsage() : null;
  },
  async prepare() {
    await sys.prepare?.();
  },
  async teardown() {
    await sys.teardown();
  },
  async rss() {
    if (global.gc) global.gc();
    return process.memoryUsage().rss;
  },
};
process.on('message', async ({ id, cmd, args }) => {
  try {
    const r = await cmds[cmd](args ?? {});
    process.send({ id, r });
  } catch (e) {
    process.send({ id, e: e?.stack ?? String(e) });
  }
});
process.on('disconnect', () => process.exit(0));
process.on('unhandledRejection', (e) => {
  console.error('unhandled in', cfg.adapter, e);
});
process.send({ ready: true });
