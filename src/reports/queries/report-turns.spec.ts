import { describe, expect, it } from '@jest/globals';
import { ReportTurns, TooManyReports } from './report-turns.js';

describe('turns', () => {
  it('let so many run at once, so many wait, and turn the rest away', async () => {
    const turns = new ReportTurns(1, 1);
    const ends: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => ends.push(resolve));
    const first = turns.run('c1', work);
    const second = turns.run('c1', work);
    expect(ends).toHaveLength(1);
    await expect(turns.run('c1', work)).rejects.toThrow(TooManyReports);
    ends[0]?.();
    await first;
    await Promise.resolve();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await second;
    expect(await turns.run('c1', () => Promise.resolve('done'))).toBe('done');
  });

  it('go on after work that failed', async () => {
    const turns = new ReportTurns(1, 1);
    await expect(turns.run('c1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.run('c1', () => Promise.resolve('done'))).toBe('done');
  });
});
