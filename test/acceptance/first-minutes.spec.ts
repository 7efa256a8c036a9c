import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';

let engine: Engine;
beforeAll(async () => {
  engine = await startTestEngine();
}, 240_000);
afterAll(() => engine.stop());

describe('the address of an engine alone', () => {
  it('answers a browser with a page and a program with links, all of which lead somewhere, and needs no key', async () => {
    const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
    const page = await fetch(engine.url, { headers: browser });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    const html = await page.text();
    const answer = await fetch(engine.url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
    ]);
    const { name, links } = (await answer.json()) as { name: string; links: Record<string, string> };
    expect([name, Object.keys(links)]).toEqual(['ForgeRun', expect.arrayContaining(['docs', 'openapi', 'ready'])]);
    for (const path of Object.values(links)) {
      expect(html).toContain(`href="${path}"`);
      expect([path, (await fetch(engine.url + path)).status]).toEqual([path, path === '/v1/jobs' ? 401 : 200]);
    }
  });
});

describe('a webhook on this machine', () => {
  it('is refused in words that name the setting which allows it', async () => {
    for (const host of ['127.0.0.1:9', 'localhost:9', '10.0.0.1', '[::1]']) {
      const { status, body } = await engine.api.post('/v1/webhooks', { url: `http://${host}/hook` });
      expect([host, status, body['errors']]).toEqual([
        host,
        400,
        [{ pointer: '/url', detail: expect.stringContaining('FORGERUN_EGRESS_ALLOW') }],
      ]);
    }
  });
});
