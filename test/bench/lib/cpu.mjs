// CPU accounting from /proc: who used the machine while a cell was measured.
// ours   = this process tree (orchestrator, children, Postgres, Redis)
// foreign = everything else that ran on the machine at the same time (noise)
import fs from 'node:fs';
const HZ = 100;
function stat(pid) {
  try {
    const s = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const f = s.slice(s.lastIndexOf(')') + 2).split(' ');
    return { ppid: +f[1], self: (+f[11] + +f[12]) / HZ, kids: (+f[13] + +f[14]) / HZ };
  } catch {
    return null;
  }
}
function all() {
  const m = new Map();
  for (const d of fs.readdirSync('/proc'))
    if (/^\d+$/.test(d)) {
      const s = stat(d);
      if (s) m.set(+d, s);
    }
  return m;
}
function treeSum(m, root) {
  const kids = new Map();
  for (const [pid, s] of m) (kids.get(s.ppid) ?? kids.set(s.ppid, []).get(s.ppid)).push(pid);
  let t = 0;
  const todo = [root];
  while (todo.length) {
    const p = todo.pop(),
      s = m.get(p);
    if (s) t += s.self + s.kids;
    for (const c of kids.get(p) ?? []) todo.push(c);
  }
  return t;
}
export function machine() {
  const f = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  const busy = (f[0] + f[1] + f[2] + f[5] + f[6]) / HZ; // user nice system irq softirq
  return { busy, idle: (f[3] + f[4]) / HZ, iowait: f[4] / HZ, steal: (f[7] ?? 0) / HZ };
}
export function snap(named = {}) {
  const m = all();
  const o = { at: process.hrtime.bigint(), m: machine(), ours: treeSum(m, process.pid), named: {} };
  for (const [k, pid] of Object.entries(named)) if (pid) o.named[k] = treeSum(m, pid);
  return o;
}
export function diff(a, b) {
  const wall = Number(b.at - a.at) / 1e9;
  const busy = b.m.busy - a.m.busy,
    ours = b.ours - a.ours;
  const total = busy + (b.m.idle - a.m.idle) + (b.m.steal - a.m.steal);
  const r = {
    wall,
    cores: total / wall,
    busy,
    ours,
    foreign: Math.max(0, busy - ours),
    foreignShare: Math.max(0, busy - ours) / total,
    iowait: b.m.iowait - a.m.iowait,
    steal: b.m.steal - a.m.steal,
  };
  for (const k of Object.keys(a.named)) r['cpu_' + k] = b.named[k] - a.named[k];
  return r;
}
export function rss(pid) {
  try {
    const t = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    return { rss: +(/VmRSS:\s+(\d+)/.exec(t)?.[1] ?? 0) * 1024, peak: +(/VmHWM:\s+(\d+)/.exec(t)?.[1] ?? 0) * 1024 };
  } catch {
    return { rss: 0, peak: 0 };
  }
}

/** How fast the machine is right now (one thread, fixed integer and string work, Mops/s): virtual machines change speed under a load that is not seen here. */
export function calibrate(ms = 40) {
  const end = process.hrtime.bigint() + BigInt(ms) * 1000000n;
  let n = 0,
    h = 1;
  const t0 = process.hrtime.bigint();
  while (process.hrtime.bigint() < end) {
    for (let i = 0; i < 2000; i++) {
      h = Math.imul(h ^ i, 2654435761) >>> 0;
      if ((i & 63) === 0) h ^= JSON.stringify({ a: h, b: i }).length;
    }
    n += 2000;
  }
  return n / (Number(process.hrtime.bigint() - t0) / 1e3) + (h & 0);
}
