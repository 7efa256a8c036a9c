import { describe, expect, it } from '@jest/globals';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { FirstUnseen } from './first-unseen.js';

/** A log of one event at each position, of which the last is of a schedule. */
function logOf(length: number): { readonly looks: (Position | null)[]; readonly firstUnseen: FirstUnseen } {
  const looks: (Position | null)[] = [];
  const at = (n: number): Recorded => ({
    id: String(n),
    stream: n === length ? 'schedule-1' : 'job-1',
    revision: n,
    position: BigInt(n),
    event: { type: 'Happened', data: {} },
    metadata: {
      at: n,
      actor: 'a',
      correlationId: null,
      causationId: null,
      traceparent: null,
      schema: 1,
      chain: '',
    },
  });
  const lookOn = (after: Position | null, most: number) => {
    looks.push(after);
    const from = Number(after ?? 0n) + 1;
    const count = Math.max(0, Math.min(most, length - from + 1));
    const events = Array.from({ length: count }, (_, n) => at(from + n));
    return Promise.resolve({ events, position: events.at(-1)?.position ?? after });
  };
  return { looks, firstUnseen: new FirstUnseen({ lookOn }) };
}

const filter = { streamPrefixes: ['schedule-'] };

describe('the first event that a reader has still to see', () => {
  it('is looked for a bounded part of the log at a time, and not again once it is known', async () => {
    const { looks, firstUnseen } = logOf(5_000);
    const answers: (number | null)[] = [];
    for (let n = 0; n < 4; n += 1) answers.push(await firstUnseen.since('schedules', null, filter));
    expect(answers).toEqual([null, null, 5_000, 5_000]);
    expect(looks).toHaveLength(20);
    expect(looks.slice(7, 10)).toEqual([1_750n, 2_000n, 2_250n]);
    expect(await firstUnseen.since('schedules', 4_999n, filter)).toBe(5_000);
    expect(await firstUnseen.since('schedules', 5_000n, filter)).toBeNull();
  });

  it('is looked for from where the reader is, however far was looked before', async () => {
    const { looks, firstUnseen } = logOf(5_000);
    expect(await firstUnseen.since('jobs', 10n)).toBe(11);
    expect(await firstUnseen.since('jobs', 3_000n)).toBe(3_001);
    expect(looks).toEqual([10n, 3_000n]);
  });
});
