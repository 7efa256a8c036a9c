import { describe, expect, it } from '@jest/globals';
import { type ForeignEvent, ForeignEvents, isOurs } from './foreign-events.js';

const foreign = (stream: string, revision: number): ForeignEvent => ({ stream, revision, id: `${stream}/${revision}` });

function watched(categories: ReadonlySet<string> | null = null) {
  const reported: string[] = [];
  const events = new ForeignEvents(({ stream, revision }, isFirst) => {
    reported.push(`${stream} ${revision}${isFirst ? ' first' : ''}`);
  }, categories);
  return { events, reported };
}

describe('events of other programs', () => {
  it('are told once each, however many readers meet them, and begin each stream once', () => {
    const { events, reported } = watched();
    for (const revision of [3, 1, 3, 2, 1]) events.passedOver(foreign('job-1', revision));
    events.passedOver(foreign('job-2', 0));
    expect(reported).toEqual(['job-1 3 first', 'job-1 1', 'job-1 2', 'job-2 0 first']);
  });

  it('concern nobody in streams whose category is not ours', () => {
    const { events, reported } = watched(new Set(['job']));
    for (const stream of ['order-1', 'jobs-1', 'job', 'job-']) events.passedOver(foreign(stream, 0));
    expect(reported).toEqual(['job 0 first', 'job- 0 first']);
  });

  it('are remembered by their latest thousands alone', () => {
    const { events, reported } = watched();
    for (let n = 0; n < 50_000; n += 1) events.passedOver(foreign(`job-${n}`, 0));
    events.passedOver(foreign('job-49999', 0));
    events.passedOver(foreign('job-0', 0));
    expect(reported).toHaveLength(50_001);
  });

  it('lack the schema version or the link that every event of ours has', () => {
    expect(isOurs({ schema: 1, chain: 'x' })).toBe(true);
    for (const metadata of [{}, { schema: 1 }, { chain: 'x' }, null, undefined, 'text', new Uint8Array(2), 7])
      expect(isOurs(metadata)).toBe(false);
  });
});
