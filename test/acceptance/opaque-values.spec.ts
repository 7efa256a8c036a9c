import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memberTexts } from '../../src/kernel/json-members.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Engine, startEngine } from '../support/engine.js';
import { jsonTexts } from '../support/json-texts.js';
import { Receiver, register } from './webhooks.rig.js';

let engine: Engine;
let receiver: Receiver;
let target: Receiver;

beforeAll(async () => {
  [receiver, target] = await Promise.all([Receiver.open(), Receiver.open()]);
  engine = await startEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' } });
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

const idIn = (text: string): string => (JSON.parse(text) as { job_id: string }).job_id;
const newest = (of: Receiver, path: string, type: string): string =>
  of.at(path).findLast(({ event }) => event.type === type)?.body ?? '';

describe('a value that ForgeRun has no business with', () => {
  it('comes out as it came in: jobs, leases, results, webhooks, HTTP targets and published events', async () => {
    const { api } = await engine.api.newClient();
    await register(api, `${receiver.url}/hook`, ['job.created', 'job.succeeded', 'order.shipped']);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(jsonTexts, jsonTexts, async (one, other) => {
        round += 1;
        const kind = `opaque.round_${round}`;
        const job = idIn(await post(api.key, '/v1/jobs', `{"type":"EXECUTE","work_kind":"${kind}","payload":${one}}`));
        expect(textAt((await api.get(`/v1/jobs/${job}`)).text, 'payload')).toBe(one);

        const asked = `{"worker_id":"w","work_kinds":["${kind}"],"wait_ms":20000,"start":true}`;
        const leased = (textAt(await post(api.key, '/v1/leases', asked), 'leases') ?? '').slice(1, -1);
        expect(textAt(leased, 'payload')).toBe(one === 'null' ? 'null' : one);
        const lease = JSON.parse(textAt(leased, 'lease_id') ?? '') as string;
        await post(api.key, `/v1/leases/${lease}/complete`, `{"result":${other}}`);
        expect((await api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED')).text).toContain(
          `"result":${other}`,
        );
        await receiver.until((all) => all.some(({ event }) => isEnd(event, job)));
        const ofJob = receiver.received.filter(({ event }) => event.subject === job).map(({ body }) => body);
        expect(ofJob.some((body) => body.includes(`"payload":${one}`))).toBe(true);
        expect(ofJob.some((body) => body.includes(`"result":${other}`))).toBe(true);

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
      }),
      { numRuns: 15, examples: [['820982911946154508', '{"b":-0,"a":[1.0,1e2],"10":"\\u0061"}']] },
    );
  }, 240_000);

  it('comes out of every occurrence of a schedule as it came in', async () => {
    const { api } = await engine.api.newClient();
    const payload = '{"b":820982911946154508,"a":-0,"10":[1.0, 1e2]}';
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
