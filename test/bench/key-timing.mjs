// Whether the time of a refusal tells anything about a key: requests with keys of three kinds, mixed at random on one
// connection, compared by Welch's t-test over all but the slowest tenth, as dudect (Reparaz et al., 2017) does.
// Beyond 4.5 two kinds differ more than chance explains; the difference in microseconds says whether it could be used.
//   node --import ./test/support/run-ts.mjs test/bench/key-timing.mjs [requests of each kind]
import { fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { generateApiKey } from '../../src/clients/keys/api-key.ts';
import { testDatabase } from '../support/postgres.ts';

const each = Number(process.argv[2] ?? 20_000);
const threshold = 4.5;
const adminKey = 'an-admin-key-for-benches';
const database = await testDatabase();
const child = fork(fileURLToPath(new URL('observability-server.mjs', import.meta.url)), {
  env: { ...process.env, MODE: 'off', DATABASE: database.connectionString },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [{ url }] = await once(child, 'message');
const connection = new Client(url);

async function send(method, path, key, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await connection.request({
    method,
    path,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

const { client_id: clientId } = JSON.parse((await send('POST', '/v1/clients', adminKey, {})).text);
const { api_key: real, key_id: keyId } = JSON.parse(
  (await send('POST', `/v1/clients/${clientId}/keys`, adminKey, {})).text,
);

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
let secret = 0n;
for (const digit of real.slice('frk_'.length + 33, -6)) secret = secret * 62n + BigInt(digits.indexOf(digit));
const secretBytes = Buffer.from(secret.toString(16).padStart(64, '0'), 'hex');
/** The real secret but for its last byte. */
const nearly = () => {
  const bytes = Buffer.from(secretBytes);
  bytes[31] ^= 1 + Math.floor(Math.random() * 255);
  return bytes;
};
const unknownId = randomUUID();
const kinds = {
  'unknown id': () => generateApiKey(unknownId, randomBytes),
  'known id, wrong secret': () => generateApiKey(keyId, randomBytes),
  'known id, nearly right secret': () => generateApiKey(keyId, nearly),
};

const names = Object.keys(kinds);
const times = new Map(names.map((name) => [name, []]));
const warmUps = 2000;
for (let n = 0; n < warmUps + each * names.length; n += 1) {
  const name = names[Math.floor(Math.random() * names.length)];
  // All are made every time: making one of them must not warm the machine for its own request.
  const key = Object.fromEntries(names.map((each) => [each, kinds[each]()]))[name];
  const before = process.hrtime.bigint();
  const { status } = await send('GET', '/v1/jobs', key);
  const took = Number(process.hrtime.bigint() - before) / 1000;
  if (status !== 401) throw new Error(`${name}: ${status}`);
  if (n >= warmUps) times.get(name).push(took);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const all = [...times.values()].flat().sort((a, b) => a - b);
const longest = all[Math.floor(all.length * 0.9)];
const figures = names.map((name) => {
  const kept = times.get(name).filter((value) => value <= longest);
  const middle = mean(kept);
  return { name, count: kept.length, middle, variance: mean(kept.map((value) => (value - middle) ** 2)) };
});
for (const { name, count, middle } of figures) console.log(`${name.padEnd(30)} ${middle.toFixed(2)} us over ${count}`);
for (const [index, one] of figures.entries())
  for (const other of figures.slice(index + 1)) {
    const t = (one.middle - other.middle) / Math.sqrt(one.variance / one.count + other.variance / other.count);
    const verdict = Math.abs(t) < threshold ? 'the same' : 'different';
    console.log(
      `${one.name} / ${other.name}: t = ${t.toFixed(2)}, ${(one.middle - other.middle).toFixed(2)} us, ${verdict}`,
    );
  }
await connection.destroy();
child.send('stop');
await once(child, 'exit');
await database.drop();
process.exit(0);
