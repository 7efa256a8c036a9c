import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import { began, good, submitOf } from '../../../test/support/simulated-histories.js';
import { type ClockJump, type History } from './history.js';

const refused = { outcome: 'refused', status: 400, jobId: null, dueAt: began, atMs: 10_000 } as const;
const alone = { batch: 'b2', place: 0, answeredAs: 0 };

const judged = (more: Partial<History['submits'][number]>, jumps: readonly ClockJump[] = []): readonly string[] =>
  brokenIn({ ...good, submits: [...good.submits, submitOf('x', { ...refused, ...more })], jumps });

describe('a submit that is refused because its time has passed', () => {
  it('is borne where that may be so, and nowhere else', () => {
    expect(judged({ lateMs: -900 })).toEqual([]);
    expect(judged({ lateMs: -1_100 })).toEqual(['rejected']);
    expect(judged({ lateMs: -1_100, inBatch: alone })).toEqual(['rejected', 'misplaced']);
    expect(judged({ lateMs: -900, inBatch: alone })).toEqual([]);
  });

  it('is borne while the clock of the database is elsewhere, and for a moment longer', () => {
    expect(judged({ lateMs: -5_000 }, [{ atMs: 9_000, healedMs: 12_000 }])).toEqual([]);
    expect(judged({ lateMs: -5_000, atMs: 50_000 }, [{ atMs: 9_000, healedMs: 12_000 }])).toEqual([]);
    expect(judged({ lateMs: -5_000, atMs: 53_000 }, [{ atMs: 9_000, healedMs: 12_000 }])).toEqual(['rejected']);
    expect(judged({ lateMs: -5_000, atMs: 8_000 }, [{ atMs: 9_000, healedMs: 12_000 }])).toEqual(['rejected']);
  });
});
