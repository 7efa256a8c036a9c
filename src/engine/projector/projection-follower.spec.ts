import { describe, expect, it } from '@jest/globals';
import { type Projection } from '../../kernel/projection.js';
import { type Recorded } from '../../kernel/recorded.js';
import { projectionFollower } from './projection-follower.js';
import { KnownProgress, type Progress } from './projection-progress.js';

const started = (data: object): Recorded => ({
  id: '00000000-0000-4000-8000-000000000001',
  stream: 'job-j1',
  revision: 2,
  position: 7n,
  metadata: {
    ...{ at: 5, actor: 'a', correlationId: null, causationId: null, traceparent: null },
    ...{ schema: 1, chain: '' },
  },
  event: { type: 'JobStarted', data },
});

const projection: Projection = {
  ...{ name: 'dispatch', version: 1, categories: ['job'], types: ['JobStarted'], tables: [], lingerMs: 0 },
  apply: () => [],
};

async function stepsAfter(events: readonly Recorded[]): Promise<readonly Progress[]> {
  const progress = new KnownProgress();
  const seen: Progress[] = [];
  progress.steps().subscribe((one) => seen.push(one));
  const { committed } = await projectionFollower(projection, { progress }).apply(events, 7n);
  // The database's own announcement may be here first.
  progress.report('dispatch', 7n);
  committed?.();
  return seen;
}

describe('a projection that follows', () => {
  const ofClient = (clientId: string): Recorded => started({ clientId });

  it('says once, when it is written, whose events it was', async () => {
    const [step, ...more] = await stepsAfter([ofClient('c1'), ofClient('c2'), ofClient('c1')]);
    expect(step?.clients).toEqual(new Set(['c1', 'c2']));
    expect(more).toEqual([]);
  });

  it('does not say whose they were where one names no client', async () => {
    const [step] = await stepsAfter([ofClient('c1'), started({})]);
    expect(step?.position).toBe(7n);
    expect(step?.clients).toBeUndefined();
  });
});
