import { describe, expect, it } from '@jest/globals';
import { descriptionFor, describing, mergedDescriptions, withDescription } from './descriptions.js';

describe('descriptions', () => {
  it('are refused where two collections describe the same', () => {
    expect(() => mergedDescriptions({ state: 'one' }, { state: 'other' })).toThrow('state is described twice');
    expect(mergedDescriptions({ state: 'one' }, { 'Job.state': 'other' })).toEqual({
      state: 'one',
      'Job.state': 'other',
    });
  });

  it('are given to several members at once', () => {
    expect(describing('Job', { state: 'one', queue: 'other' })).toEqual({ 'Job.state': 'one', 'Job.queue': 'other' });
  });

  it('are those of the owner, before those of the name alone', () => {
    const descriptions = { state: 'of any', 'Job.state': 'of a job' };
    expect(['Job', 'Lease'].map((owner) => descriptionFor(descriptions, owner, 'state'))).toEqual([
      'of a job',
      'of any',
    ]);
    expect(descriptionFor(descriptions, 'Job', 'constructor')).toBeUndefined();
  });

  it('stand before the bound of a schema, with the default and an example', () => {
    const given = { text: 'A note.', default: null, example: 'x' };
    expect(withDescription({ type: 'string', 'x-bound': 'Cut after 5 bytes.' }, given)).toEqual({
      ...{ type: 'string', description: 'A note. Cut after 5 bytes.', default: null, examples: ['x'] },
    });
    expect(withDescription({ type: 'string' }, undefined)).toEqual({ type: 'string' });
  });
});
