import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Engine, startTestEngine } from '../support/engine.js';

const token = 'a-token-for-metrics';
let engine: Engine;

beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_METRICS_TOKEN: token } });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

describe('the metrics of an engine', () => {
  it('are shown to who is near or has the token, and to no stranger, whatever key it has', async () => {
    const api = engine.api.as(null);
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect((await api.get('/metrics')).status).toBe(200);
    expect((await api.get('/metrics', { ...forwarded, authorization: `Bearer ${token}` })).status).toBe(200);
    for (const [asked, headers] of [
      [api, forwarded],
      [api, { forwarded: 'for=127.0.0.1' }],
      [api, { ...forwarded, authorization: 'Bearer not-that-token' }],
      [engine.api, forwarded],
    ] as const) {
      const answer = await asked.get('/metrics', headers);
      expect([answer.status, answer.body['code']]).toEqual([401, 'RFA_AUTH_INVALID_CREDENTIALS']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.text).not.toContain('job_queue_depth');
    }
  });

  it('are scraped with a token by what is shipped', () => {
    const yaml = (path: string): unknown => parse(readFileSync(path, 'utf8'), { merge: true });
    expect(yaml('docker-compose.yml')).toMatchObject({
      services: {
        forgerun: { environment: { FORGERUN_METRICS_TOKEN: expect.stringMatching(/^\$\{FORGERUN_METRICS_TOKEN:\?/) } },
      },
    });
    expect(yaml('docs/observability/compose.observability.yml')).toMatchObject({
      services: { prometheus: { secrets: ['metrics_token'] } },
      secrets: { metrics_token: { environment: 'FORGERUN_METRICS_TOKEN' } },
    });
    expect(yaml('docs/observability/prometheus.yml')).toMatchObject({
      scrape_configs: [
        { authorization: { type: 'Bearer', credentials_file: '/run/secrets/metrics_token' } },
        expect.anything(),
      ],
    });
  });
});
