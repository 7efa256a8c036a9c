import { describe, expect, it } from '@jest/globals';
import { goodJob, receivedOf } from '../../../test/support/simulated-histories.js';
import { definitionDigest } from '../records/definition.js';
import { digestOfValue } from '../records/digest.js';
import { slim, slimRequest, Texts } from './slim.js';

const [created] = goodJob('a');

/** Shows which texts are kept once. */
class MarkedTexts extends Texts {
  override one(text: string): string {
    return `one ${super.one(text)}`;
  }
}

describe('an event in memory', () => {
  it('has what is judged of it, and nothing large', () => {
    if (created === undefined) throw new Error('there is no event');
    const large = { result: 'x'.repeat(1_000), payload: { event_name: 'order.paid', data: 'y' }, tags: { a: 'b' } };
    const whole = { ...created, data: { ...created.data, ...large, job_type: 'EMIT_EVENT' } };
    const { data, ...rest } = slim(whole, new Texts());
    expect({ ...rest, data: {} }).toEqual({ ...created, data: {} });
    expect(data).toStrictEqual({
      ...created.data,
      job_type: 'EMIT_EVENT',
      payload: { event_name: 'order.paid', dataDigest: digestOfValue('y') },
      payloadDigest: digestOfValue(large.payload),
      definition: definitionDigest(whole.data),
    });
    const ended = { ...whole, name: 'JobSucceeded', data: large };
    expect(slim(ended, new Texts()).data).toStrictEqual({
      resultDigest: digestOfValue(large.result),
      resultBytes: 1_002,
    });
    expect(slim({ ...whole, data: { ...whole.data, job_type: 'EXECUTE' } }, new Texts()).data).not.toHaveProperty(
      'payload',
    );
  });

  it('has of work that asks a target what it asks, what it was answered, and the code of its failure', () => {
    if (created === undefined) throw new Error('there is no event');
    const kept = (name: string, data: object) =>
      slim({ ...created, name, data: { work_kind: 'HTTP_REQUEST', ...data } }, new Texts()).data;
    const payload = { method: 'GET', url: 'http://127.0.0.1:8080/target/ok?client=0&job=a' };
    expect(kept('JobCreated', { payload })).toMatchObject({ target: '/target/ok?client=0&job=a' });
    expect(kept('JobSucceeded', { result: { status: 200, body: '{}' } })).toMatchObject({ answered: '200 {}' });
    const error = { code: 'HTTP_STATUS', message: 'the target answered 503' };
    const told = { errorCode: 'HTTP_STATUS', errorDigest: digestOfValue(error) };
    expect(kept('JobFailed', { error })).toMatchObject(told);
  });

  it('shares its texts with the requests about it, and loses none of theirs', () => {
    if (created === undefined) throw new Error('there is no event');
    const request = receivedOf(created);
    expect(slimRequest(request, new Texts())).toEqual(request);
    const texts = new Texts();
    const [one, other] = [
      [0, 1],
      [0, 1],
    ].map((signedBy) => slimRequest({ ...request, signedBy }, texts).signedBy);
    expect(one).toBe(other);
    const { jobId, actor, data } = slim({ ...created, data: { queue: 'q' } }, new MarkedTexts());
    expect([jobId, actor, data['queue']]).toEqual(['one a', `one ${created.actor}`, 'one q']);
    expect(slimRequest(request, new MarkedTexts()).jobId).toBe('one a');
  });
});
