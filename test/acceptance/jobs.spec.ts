import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';

let engine: Engine;
beforeAll(async () => {
  engine = await startTestEngine();
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

describe('a job', () => {
  it('runs and leaves a report', async () => {
    const submitted = await engine.api.post('/v1/jobs', {
      type: 'EXECUTE',
      work_kind: 'SUCCESS_FAST',
      payload: { n: 1 },
    });
    expect(submitted.status).toBe(202);
    const path = `/v1/jobs/${String(submitted.body['job_id'])}`;
    await engine.api.until(path, ({ body }) => body['state'] === 'SUCCEEDED');
    const report = await engine.api.get(`${path}/report`);
    expect(report).toMatchObject({ status: 200, body: { outcome: 'SUCCESS', attempt: 1 } });
  });
});

interface Started {
  readonly started_at: string | null;
}

describe('a job that the built-in worker runs', () => {
  it('gives its place to the next one soon after it was cancelled', async () => {
    const env = { FORGERUN_SYNTHETIC_TIME_SCALE: '3', FORGERUN_WORKER_CONCURRENCY: '1', FORGERUN_HEARTBEAT_MS: '200' };
    const slow = await startTestEngine({ env });
    try {
      const first = await slow.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'CANCEL_DURING_RUN' });
      const path = `/v1/jobs/${String(first.body['job_id'])}`;
      const running = await slow.api.until(path, ({ body }) => body['state'] === 'RUNNING');
      const next = await slow.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'FAIL_IMMEDIATE' });
      const cancelled = await slow.api.post(`${path}/cancel`);
      expect(cancelled.body['state']).toBe('CANCELED');
      const nextPath = `/v1/jobs/${String(next.body['job_id'])}`;
      const followed = await slow.api.until<Started>(nextPath, ({ body }) => body.started_at !== null);
      // It would have run for thirty seconds.
      const waited = Date.parse(followed.body.started_at ?? '') - Date.parse(String(running.body['started_at']));
      expect(waited).toBeLessThan(20_000);
      expect((await slow.api.get(path)).body).toMatchObject({ state: 'CANCELED', result: null });
    } finally {
      await slow.stop();
    }
  }, 240_000);
});
