import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startEngine } from '../support/engine.js';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(async () => {
  await engine.stop();
});

describe('a job', () => {
  it('runs and leaves a report', async () => {
    const submitted = await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'SUCCESS_FAST', payload: { n: 1 } });
    expect(submitted.status).toBe(202);
    const path = `/v1/jobs/${String(submitted.body['job_id'])}`;
    await engine.api.until(path, ({ body }) => body['state'] === 'SUCCEEDED');
    const report = await engine.api.get(`${path}/report`);
    expect(report).toMatchObject({ status: 200, body: { outcome: 'SUCCESS', attempt: 1 } });
  });
});
