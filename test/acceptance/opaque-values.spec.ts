import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memberTexts } from '../../src/kernel/json-members.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { ForgeRunClient } from '../../src/sdk/client.js';
import { HttpLeaseSource } from '../../src/sdk/http-lease-source.js';
import { JsonResult, Worker } from '../../src/sdk/worker.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type Api } from '../support/api.js';
import { jsonTexts, oddTexts } from '../support/json-texts.js';
import { Receiver, register } from './webhooks.fixture.js';

let engine: Engine;
let receiver: Receiver;
let target: Receiver;

beforeAll(async () => {
  [receiver, target] = await Promise.all([Receiver.open(), Receiver.open()]);
  engine = await startTestEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' } });
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await Promise.all([receiver.close(), target.close()]);
});

/** The text of the member at the end of a path. */
function textAt(text: string, ...path: readonly string[]): string | undefined {
  return path.reduce<string | undefined>(
    (each, name) => (each === undefined ? undefined : memberTexts(asJsonText(each))?.get(name)),
    text,
  );
}

/** Sends a body as it is written. */
async function post(key: string | null, path: string, body: string): Promise<string> {
  const response = await fetch(`${engine.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key ?? ''}`, 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${body} was answered ${text}`);
  return text;
}

let round = 0;

/** Takes one value through every door as a payload, and the other as a result. */
async function goThrough(api: Api, one: string, other: string): Promise<void> {
  round += 1;
  const kind = `opaque.round_${round}`;
  const job = idIn(await post(api.key, '/v1/jobs', `{"type":"EXECUTE","work_kind":"${kind}","payload":${one}}`));
  expect(textAt((await api.get(`/v1/jobs/${job}`)).text, 'payload')).toBe(one);

  const asked = `{"worker_id":"w","work_kinds":["${kind}"],"wait_ms":20000,"start":true}`;
  const leased = (textAt(await post(api.key, '/v1/leases', asked), 'leases') ?? '').slice(1, -1);
  expect(textAt(leased, 'payload')).toBe(one);
  const lease = JSON.parse(textAt(leased, 'lease_id') ?? '') as string;
  await post(api.key, `/v1/leases/${lease}/complete`, `{"result":${other}}`);
  const ended = await api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED');
  expect(textAt(ended.text, 'result')).toBe(other);

  const history = (await api.until(`/v1/jobs/${job}/events`, ({ text }) => text.includes('JobSucceeded'))).text;
  expect(history).toContain(`"payload":${one}`);
  expect(history).toContain(`"result":${other}`);
  const told = await toldOf(api, job);
  // What an event stream has no line end for.
  expect(told).toContain(`"payload":${one.replaceAll(/\r\n|\r/g, '\n')}`);
  expect(told).toContain(`"result":${other.replaceAll(/\r\n|\r/g, '\n')}`);

  await receiver.until((all) => all.some(({ event }) => isEnd(event, job)));
  const ofJob = receiver.received.filter(({ event }) => event.subject === job).map(({ body }) => body);
  expect(ofJob.some((body) => body.includes(`"payload":${one}`))).toBe(true);
  expect(ofJob.some((body) => body.includes(`"result":${other}`))).toBe(true);

  // An envelope of its own has to fit beside a value of any size.
  const event = `{"event_name":"order.shipped","data":${one}}`;
  const emitting = idIn(await post(api.key, '/v1/jobs', `{"type":"EMIT_EVENT","payload":${event}}`));
  await receiver.until((all) => all.some((each) => isPublished(each.event, emitting)));
  expect(textAt(newest(receiver, '/hook', 'order.shipped'), 'data')).toBe(one);

  // A text is sent as what it says; everything else as the JSON it is.
  const body = `{"round":${round},"value":${other}}`;
  const http = `{"method":"POST","url":"${target.url}/target","body":${body}}`;
  await post(api.key, '/v1/jobs', `{"type":"EXECUTE","work_kind":"HTTP_REQUEST","payload":${http}}`);
  const sent = await target.until((all) => all.length >= round);
  expect(sent.at(-1)?.body).toBe(body);
}

/** What the event stream of a job says up to its success. */
async function toldOf(api: Api, job: string): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${api.url}/v1/jobs/${job}/events`, {
    headers: { authorization: `Bearer ${api.key ?? ''}`, accept: 'text/event-stream' },
    signal: abort.signal,
  });
  const decoder = new TextDecoder();
  let told = '';
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    told += decoder.decode(bytes, { stream: true });
    if (/JobSucceeded[^]*\n\n$/.test(told)) break;
  }
  abort.abort();
  return told.replaceAll('\ndata: ', '\n');
}

const idIn = (text: string): string => (JSON.parse(text) as { job_id: string }).job_id;
const newest = (of: Receiver, path: string, type: string): string =>
  of.at(path).findLast(({ event }) => event.type === type)?.body ?? '';

describe('a value that ForgeRun has no business with', () => {
  it('comes out as it came in: jobs, leases, results, histories, webhooks, HTTP targets and published events', async () => {
    const { api } = await engine.api.newClient();
    await register(api, `${receiver.url}/hook`, ['job.created', 'job.succeeded', 'order.shipped']);
    await fc.assert(
      fc.asyncProperty(jsonTexts, jsonTexts, async (one, other) => {
        await goThrough(api, one, other);
      }),
      { numRuns: 15, examples: [['820982911946154508', '{"b":-0,"a":[1.0,1e2],"10":"\\u0061"}']] },
    );
  }, 240_000);

  it.each(Object.entries(oddTexts))('comes out as it came in when it is odd by its %s', async (_, text) => {
    const { api } = await engine.api.newClient();
    await register(api, `${receiver.url}/hook`, ['job.created', 'job.succeeded', 'order.shipped']);
    await goThrough(api, text, text);
  });

  it.each(Object.entries(oddTexts))(
    'reaches handlers of the SDK, and comes back from them, when it is odd by its %s',
    async (odd, text) => {
      const { api } = await engine.api.newClient();
      const kind = `opaque.sdk_${odd.toLowerCase()}`;
      const job = idIn(await post(api.key, '/v1/jobs', `{"type":"EXECUTE","work_kind":"${kind}","payload":${text}}`));
      const seen: unknown[] = [];
      const worker = new Worker({
        source: new HttpLeaseSource({ url: engine.url, apiKey: api.key ?? '' }),
        workerId: 'w1',
        handlers: {
          [kind]: ({ payload, payloadText }) => {
            seen.push(payload, payloadText);
            return new JsonResult(payloadText ?? '');
          },
        },
      });
      worker.start();
      const { text: ended } = await api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED');
      await worker.stop();
      expect(seen).toEqual([JSON.parse(text), text]);
      expect(textAt(ended, 'result')).toBe(text);
      const client = new ForgeRunClient({ url: engine.url, apiKey: api.key ?? '' });
      expect((await client.jobs.get(job)).result).toEqual(JSON.parse(text));
    },
  );

  it('is told by the SDK of a job that it follows, whatever line ends its texts hold', async () => {
    const { api } = await engine.api.newClient();
    const client = new ForgeRunClient({ url: engine.url, apiKey: api.key ?? '' });
    const payload = { text: 'a\u2028b\u2029c\u0085d', '\u2028': '\ud800' };
    const { jobId } = await client.jobs.submit({ type: 'EXECUTE', workKind: 'opaque.followed', payload });
    const done = new AbortController();
    for await (const { eventName, data } of client.jobs.tail(jobId, done.signal)) {
      expect([eventName, (data as { payload: unknown }).payload]).toEqual(['JobCreated', payload]);
      break;
    }
    done.abort();
  });

  it('is bounded in bytes and in levels alone', async () => {
    const { api } = await engine.api.newClient();
    const submit = async (payload: string) =>
      await api.post('/v1/jobs', `{"type":"EXECUTE","work_kind":"opaque.bounds","payload":${payload}}`);
    expect(await submit(`"${'x'.repeat(256 * 1024 - 2)}"`)).toMatchObject({ status: 202 });
    expect(await submit('['.repeat(1_000) + ']'.repeat(1_000))).toMatchObject({ status: 202 });
    expect(await submit(`"${'x'.repeat(256 * 1024 - 1)}"`)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/payload' }] },
    });
    expect(await submit('['.repeat(1_001) + ']'.repeat(1_001))).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/payload', detail: expect.stringContaining('deeper than 1000 levels') }] },
    });
    expect(await submit('{"a":1')).toMatchObject({ status: 400, body: { code: 'RFA_REQUEST_MALFORMED' } });
  });

  it('comes out of every occurrence of a schedule as it came in', async () => {
    const { api } = await engine.api.newClient();
    const payload = '{"b":820982911946154508,"a":-0,"10":[1.0, 1e400],"__proto__":"\\ud800\\u0000","a":1}';
    const job = `{"type":"EXECUTE","work_kind":"opaque.scheduled","payload":${payload}}`;
    const made = await post(
      api.key,
      '/v1/schedules',
      `{"name":"opaque","cron":"* * * * * *","timezone":"UTC","job":${job}}`,
    );
    expect(textAt(made, 'job', 'payload')).toBe(payload);
    const asked = `{"worker_id":"w","work_kinds":["opaque.scheduled"],"wait_ms":20000,"start":true}`;
    const leased = (textAt(await post(api.key, '/v1/leases', asked), 'leases') ?? '').slice(1, -1);
    expect(textAt(leased, 'payload')).toBe(payload);
  }, 240_000);
});

const isEnd = ({ type, subject }: { readonly type: string; readonly subject?: string }, job: string): boolean =>
  type === 'forgerun.job.succeeded' && subject === job;
const isPublished = ({ type, subject }: { readonly type: string; readonly subject?: string }, job: string): boolean =>
  type === 'order.shipped' && subject === job;
