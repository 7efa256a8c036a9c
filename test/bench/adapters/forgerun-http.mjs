// ForgeRun over HTTP: one engine process, SDK client, SDK worker.
import { spawn } from 'node:child_process';
import { benchWorker, dist, openDatabase, profiles } from '../lib/forgerun.mjs';
import http from 'node:http';
export const label = 'ForgeRun (HTTP)';
export const store = 'own';
export const minNode = 20;
export { profiles };
const key = 'a-key-for-the-benchmark';
export function create(ctx) {
  const url = `http://127.0.0.1:${ctx.ports.http}`;
  let engine, db;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
  const post = (path, body) =>
    new Promise((ok, no) => {
      const text = JSON.stringify(body);
      const req = http.request(
        url + path,
        {
          method: 'POST',
          agent,
          headers: {
            authorization: 'Bearer ' + key,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          },
        },
        (res) => {
          let s = '';
          res.setEncoding('utf8');
          res.on('data', (d) => {
            s += d;
          });
          res.on('end', () => {
            if (res.statusCode >= 300) no(new Error(res.statusCode + ' ' + s));
            else ok(JSON.parse(s));
          });
        },
      );
      req.on('error', no);
      req.end(text);
    });
  return {
    async setup() {
      engine = spawn(
        process.execPath,
        [
          '--max-semi-space-size=64',
          '--input-type=module',
          '-e',
          `const { run } = await import('${dist}/src/cli/forgerun.js'); await run(['node','forgerun','start','--roles','api,projector,saga'], () => undefined);`,
        ],
        {
          env: {
            ...process.env,
            FORGERUN_EVENT_STORE: ctx.pgUrl,
            FORGERUN_DATABASE_URL: ctx.pgUrl,
            FORGERUN_SEALING_KEY: Buffer.alloc(32, 'a sealing key for benches').toString('base64'),
            FORGERUN_PORT: String(ctx.ports.http),
            FORGERUN_ADMIN_KEY: key,
            FORGERUN_LOG_LEVEL: 'warn',
            FORGERUN_RATE_LIMIT_PER_MINUTE: '0',
          },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await new Promise((ok, no) => {
        engine.stdout.on('data', (d) => {
          if (String(d).includes('forgerun ready')) ok();
        });
        engine.once('exit', (c) => no(new Error('engine exited ' + c)));
      });
    },
    async connect() {
      db = openDatabase(ctx);
    },
    enqueueOne: (d) => post('/v1/jobs', { type: 'EXECUTE', work_kind: 'bench.noop', payload: d }),
    enqueueBulk: (a) =>
      post('/v1/jobs/batch', { jobs: a.map((payload) => ({ type: 'EXECUTE', work_kind: 'bench.noop', payload })) }),
    ...benchWorker(
      async () => {
        const { HttpLeaseSource } = await import(`${dist}/src/sdk/worker.js`);
        const { HttpConnection } = await import(`${dist}/src/sdk/http-connection.js`);
        return new HttpLeaseSource(new HttpConnection({ url, apiKey: key }));
      },
      () => db,
    ),
    async teardown() {
      await this.stopWorker();
      agent.destroy();
      await db?.end();
      if (engine) {
        const gone = new Promise((r) => engine.once('exit', r));
        engine.kill('SIGTERM');
        await gone;
      }
    },
  };
}
