// What logs, metrics and traces cost a submit: processor time per request of engines that differ only in how much they
// tell of themselves, in turns on one machine. Processor time, because other work on the machine changes it little.
//   node --import ./test/support/run-ts.mjs test/bench/observability.mjs [rounds] [requests] [modes]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { testDatabase } from '../support/postgres.ts';

const rounds = Number(process.argv[2] ?? 6);
const amount = Number(process.argv[3] ?? 4000);
const warmUps = 2;
const modes = (process.argv[4] ?? 'off,logs,metrics,both,all').split(',');
const body = JSON.stringify({
  type: 'EXECUTE',
  work_kind: 'bench.nothing',
  queue: 'bench',
  payload: { text: 'x'.repeat(300) },
});
const folder = await mkdtemp(join(tmpdir(), 'forgerun-bench-'));
const engines = [];
for (const mode of modes) {
  const database = await testDatabase();
  const lines = await open(join(folder, `${mode}.log`), 'w');
  const child = fork(fileURLToPath(new URL('observability-server.mjs', import.meta.url)), {
    env: { ...process.env, MODE: mode, DATABASE: database.connectionString },
    stdio: ['ignore', 'inherit', lines.fd, 'ipc'],
  });
  const [{ url }] = await once(child, 'message');
  engines.push({ mode, child, url, database, lines, perRequest: [] });
}

async function cpuOf({ child }) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}

for (let round = 0; round < warmUps + rounds; round += 1)
  for (const engine of round % 2 === 0 ? engines : [...engines].reverse()) {
    const before = await cpuOf(engine);
    const { '2xx': ok, non2xx } = await autocannon({
      url: `${engine.url}/v1/jobs`,
      method: 'POST',
      headers: { authorization: 'Bearer an-admin-key-for-benches', 'content-type': 'application/json' },
      body,
      amount,
      connections: 64,
    });
    if (non2xx > 0) throw new Error(`${engine.mode}: ${non2xx} requests were not taken`);
    const spent = (await cpuOf(engine)) - before;
    if (round >= warmUps) engine.perRequest.push(spent / ok);
  }

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
// Each round is compared with the same round of the engine that is off: the machine was in the same mood.
const [off] = engines;
for (const { mode, perRequest } of engines) {
  const ratio = median(perRequest.map((own, round) => off.perRequest[round] / own));
  const each = perRequest.map((own) => own.toFixed(0)).join(' ');
  console.log(
    `${mode.padEnd(8)} median ${median(perRequest).toFixed(0)} least ${Math.min(...perRequest).toFixed(0)} us/request, ${ratio.toFixed(3)} of off  [${each}]`,
  );
}
for (const { child, lines, database } of engines) {
  child.send('stop');
  await once(child, 'exit');
  await lines.close();
  await database.drop();
}
await rm(folder, { recursive: true, force: true });
process.exit(0);
