import { describe, expect, it } from '@jest/globals';
import { goodJob, receivedOf } from '../../../test/support/simulated-histories.js';
import { slim, slimRequest, Texts } from './slim.js';

const [created] = goodJob('a');

describe('an event in memory', () => {
  it('has what is judged of it, and nothing large', () => {
    if (created === undefined) throw new Error('there is no event');
    const large = { result: 'x'.repeat(1_000), payload: { event_name: 'order.paid', data: 'y' }, tags: { a: 'b' } };
    const whole = { ...created, data: { ...created.data, ...large, job_type: 'EMIT_EVENT' } };
    const { data, ...rest } = slim(whole, new Texts());
    expect({ ...rest, data: {} }).toEqual({ ...created, data: {} });
    expect(data).toEqual({ ...created.data, job_type: 'EMIT_EVENT', payload: { event_name: 'order.paid' } });
    expect(slim({ ...whole, data: { ...whole.data, job_type: 'EXECUTE' } }, new Texts()).data).not.toHaveProperty(
      'payload',
    );
  });

  it('shares its texts with the requests about it, and loses none of theirs', () => {
    if (created === undefined) throw new Error('there is no event');
    const request = receivedOf(created);
    expect(slimRequest(request, new Texts())).toEqual(request);
  });
});
