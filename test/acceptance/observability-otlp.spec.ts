import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTelemetry } from '../../src/platform/observability/telemetry.js';
import { startEngineProcess } from '../support/engine-process.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { eventually } from './observability.fixture.js';

const received: { readonly path: string; readonly body: string }[] = [];
const collector = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    received.push({ path: request.url ?? '', body });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += String(part);
  return body;
}

const sentTo = (path: string): string =>
  received
    .filter((each) => each.path === path)
    .map(({ body }) => body)
    .join('');

let database: TestDatabase;
let otel: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase();
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  otel = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_SERVICE_NAME: 'under-test',
  };
}, 240_000);
afterAll(async () => {
  collector.closeAllConnections();
  collector.close();
  await once(collector, 'close');
  await database.drop();
});

describe('a process with an OTLP endpoint', () => {
  it('sends metrics and spans there, under their names in the conventions', async () => {
    const { connectionString } = database;
    const engine = await startEngineProcess({ connectionString, env: otel });
    const job = await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' });
    await engine.api.until(`/v1/jobs/${String(job.body['job_id'])}`, ({ body }) => body['state'] === 'SUCCEEDED');
    await eventually(
      () => sentTo('/v1/metrics'),
      (text) =>
        ['"jobs_succeeded_total"', '"http.server.request.duration"', '"under-test"'].every((each) =>
          text.includes(each),
        ),
    );
    await eventually(
      () => sentTo('/v1/traces'),
      (text) => ['"POST /v1/jobs"', '"job run"', '"job report"'].every((each) => text.includes(each)),
    );
    engine.kill();
    expect(await engine.exited).toBe(0);
  }, 240_000);

  it('does so without the role that listens, too', async () => {
    received.length = 0;
    const engine = await startEngineProcess({
      connectionString: database.connectionString,
      roles: 'projector,saga',
      env: otel,
    });
    await eventually(
      () => sentTo('/v1/metrics'),
      (text) => text.includes('"projection_lag_seconds"'),
    );
    engine.kill();
    expect(await engine.exited).toBe(0);
  }, 240_000);
});

describe('telemetry', () => {
  it('closes in time when the collector is away', async () => {
    const telemetry = await openTelemetry({ env: { ...otel, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } });
    telemetry.tracing.record({ name: 'lost', parent: null, startAt: 1, endAt: 2 });
    const began = performance.now();
    await telemetry.close();
    expect(performance.now() - began).toBeLessThan(5_000);
  }, 240_000);
});
