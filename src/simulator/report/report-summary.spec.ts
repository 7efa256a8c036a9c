import { describe, expect, it } from '@jest/globals';
import { type Verdict } from '../judge/verdict.js';
import { type Report } from './report.js';
import { summaryOf } from './report-summary.js';

const verdict = (invariant: string, more: Partial<Verdict> = {}): Verdict => ({
  ...{ invariant, promise: '', cases: 1, faultCount: 0, faults: [] },
  ...more,
});
const report = {
  outcome: 'passed',
  invariants: [verdict('lost'), verdict('doubled')],
  unexercised: [],
  thresholds: [],
  figures: { jobs_total: 12 },
  ended: [],
} as unknown as Report;
const linesOf = (more: Partial<Report>): readonly string[] => summaryOf({ ...report, ...more }, 'there').split('\n');

describe('the summary of a run', () => {
  it('says how many promises held, and where the report is', () => {
    expect(linesOf({})).toEqual(['passed: 2 of 2 promises held over 12 jobs', 'report: there/report.html', '']);
  });

  it('counts apart what was not exercised, and names what was to be', () => {
    const invariants = [...report.invariants, verdict('late', { cases: 0 }), verdict('waits', { cases: 0 })];
    expect(linesOf({ outcome: 'not exercised', invariants, unexercised: ['late'] }).slice(0, 2)).toEqual([
      'not exercised: 2 of 4 promises held, 2 not exercised, over 12 jobs',
      'not exercised, and to be: late',
    ]);
  });

  it('names engines that ended by themselves', () => {
    const ended = [{ node: 'first', how: 'SIGKILL', atMs: 5_480 }];
    expect(linesOf({ ended })[1]).toBe('ended by itself: first, SIGKILL, at 5.5 s');
  });

  it('tells the first faults of a broken promise, and each missed threshold', () => {
    const faults = ['one', 'two', 'three', 'four'].map((text) => ({ jobId: null, text }));
    const thresholds = [
      { figure: 'jobs_total', min: 20, max: null, value: 12, isKept: false },
      { figure: 'drain_ms', min: null, max: 5, value: null, isKept: false },
      { figure: 'calls_total', min: null, max: 5, value: 1, isKept: true },
    ];
    const invariants = [verdict('lost', { faultCount: 4, faults })];
    expect(linesOf({ outcome: 'promise broken', invariants, thresholds })).toEqual([
      'promise broken: 0 of 1 promises held over 12 jobs',
      ...['broken: lost, 4 faults', '  one', '  two', '  three'],
      'missed: jobs_total is 12, to be at least 20',
      'missed: drain_ms is not measured, to be at most 5',
      ...['report: there/report.html', ''],
    ]);
  });
});
