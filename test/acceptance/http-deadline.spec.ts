import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failures, nextArrival, open, problemOf, started } from './http-ground.fixture.js';

let http: Awaited<ReturnType<typeof open>>;

beforeAll(async () => {
  http = await open({ answerMs: 300 });
});

afterAll(async () => {
  for (const finish of started) finish();
  await http.close(1_000);
});

describe('a call whose work does not end', () => {
  it('is answered in time, as a dependency that did not answer, and says when to come again', async () => {
    const reply = await fetch(`${http.url}/v1/things/slow`);
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(await problemOf(reply)).toMatchObject({ status: 504, code: 'RFA_DEPENDENCY_TIMEOUT' });
  });

  it('is answered once, though its work ends later, and its connection goes on', async () => {
    const arrival = nextArrival();
    const reply = fetch(`${http.url}/v1/things/slow`);
    await arrival;
    expect((await reply).status).toBe(504);
    for (const finish of started) finish();
    expect((await fetch(`${http.url}/v1/things?limit=3`)).status).toBe(200);
    expect(failures).toEqual([]);
  });

  it('is given the wait that it asked for on top', async () => {
    const arrival = nextArrival();
    const reply = fetch(`${http.url}/v1/things/wait`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ wait_ms: 20_000 }),
    });
    await arrival;
    // A call without a wait that began later is overdue before.
    expect((await fetch(`${http.url}/v1/things/slow`)).status).toBe(504);
    for (const finish of started) finish();
    expect((await reply).status).toBe(200);
  });
});
