import { describe, expect, it } from '@jest/globals';
import { began, good } from '../../../test/support/simulated-histories.js';
import { type Invariant } from '../judge/history.js';
import { verdictsOn } from '../judge/judge.js';
import { type Verdict } from '../judge/verdict.js';
import { makeReport, type Outcome } from './make-report.js';
import { type Report } from './report.js';
import { reportHtml } from './report-html.js';

const outcomeOfRun: Outcome = {
  options: {
    engine: null,
    seed: 1,
    profile: 'standard',
    minutes: 0.5,
    clients: 1,
    reportFolder: 'simulation',
    chaos: null,
    storeCommand: null,
    upgradeTo: null,
    engineFrom: null,
    thresholds: { submit_p99_ms: { max: 1 } },
  },
  suffered: [
    {
      ...{ kind: 'fault', name: 'kill', about: 'a node is ended with SIGKILL', target: 'first' },
      ...{ atMs: 10, endedMs: 20, healedMs: 900 },
    },
  ],
  unsuffered: [],
  lapses: [],
  ended: [{ kind: 'ended', node: 'second', how: '1', atMs: 300 }],
  memory: new Map([['first', [{ atMs: 0, mib: 90 }]]]),
  engineUrl: '',
  histories: [good],
  noisyClientIds: [],
  trafficFromMs: 0,
  trafficMs: 1_000,
  drainMs: 10,
  beganAt: began,
  wholeMs: 5_000,
};
const report: Report = makeReport(outcomeOfRun);
const verdict = (more: Partial<Verdict>): Verdict => ({
  ...{ invariant: 'ticked', promise: 'Every tick is there.', cases: 1, faultCount: 0, faults: [] },
  ...more,
});

describe('a report on a run whose log was read', () => {
  const outcome = { ...outcomeOfRun, onLog: [verdict({}), verdict({ faultCount: 1, notJudged: ['2 schedules'] })] };

  it('has the verdicts on the log beside the others, and says what could not be judged', () => {
    const { invariants, notRun, outcome: came, figures } = makeReport(outcome);
    expect(invariants.slice(-2).map(({ invariant }) => invariant)).toEqual(['ticked', 'ticked']);
    expect([came, figures['broken_promises_total']]).toEqual(['promise broken', 1]);
    expect(notRun).toContainEqual({ what: 'what is ticked, of the log', why: 'not judged: 2 schedules' });
    expect(notRun.map(({ what }) => what)).not.toContain('the log, read directly');
    expect(report.notRun.map(({ what }) => what)).toContain('the log, read directly');
  });
});

describe('a report on what was not exercised', () => {
  const unexercised = verdict({ invariant: 'waits', cases: 0 });

  it('counts it apart from what held and what was broken', () => {
    const { figures, invariants } = makeReport({ ...outcomeOfRun, histories: [], onLog: [unexercised] });
    expect(figures['unexercised_promises_total']).toBe(invariants.length);
    expect(figures['broken_promises_total']).toBe(0);
    const html = reportHtml(makeReport({ ...outcomeOfRun, onLog: [unexercised] }));
    expect(html).toContain('<span class="badge none">not exercised</span>');
    expect(html).toContain('promises not exercised');
  });

  it('is held to the error budget beside the thresholds of its file', () => {
    const figures = (outcome: Outcome) => makeReport(outcome).thresholds.map(({ figure }) => figure);
    const unharmed = ['errors_per_thousand_calls', 'submits_taken_per_thousand', 'engines_ended_total'];
    expect(figures(outcomeOfRun)).toEqual([...unharmed, 'submit_p99_ms']);
    const options = { ...outcomeOfRun.options, chaos: { kind: 'kills', count: 1 } } as const;
    expect(figures({ ...outcomeOfRun, options })).toEqual(['submit_p99_ms']);
  });

  it('has not passed, and names what its profile was to exercise', () => {
    const { options } = outcomeOfRun;
    const cameOf = (more: Partial<Outcome['options']>) =>
      makeReport({
        ...outcomeOfRun,
        ended: [],
        onLog: [unexercised],
        options: { ...options, thresholds: {}, ...more },
      });
    expect(cameOf({ minutes: 2 }).unexercised).toContain('waits');
    expect(cameOf({ minutes: 2 }).outcome).toBe('not exercised');
    expect([cameOf({}).unexercised, cameOf({}).outcome]).toEqual([[], 'passed']);
  });
});

describe('the page of a report', () => {
  it('shows the outcome, each promise, each figure and what was not run', () => {
    const html = reportHtml(report);
    const invariantNames = verdictsOn([]).map(({ invariant }: { invariant: Invariant['name'] }) => invariant);
    for (const name of [...invariantNames, ...Object.keys(report.figures), 'threshold missed', 'chaos'])
      expect(html).toContain(name);
  });

  it('names the engines that ended by themselves, also where nothing went wrong on purpose', () => {
    const ended = 'the second engine at 300';
    expect(reportHtml(report)).toContain(ended);
    expect(reportHtml({ ...report, faults: [] })).toContain(ended);
    expect(reportHtml({ ...report, faults: [], ended: [] })).not.toContain('What went wrong');
  });

  it('says how many clients sent for how long', () => {
    expect(reportHtml(report)).toContain('1 client, 30\u00a0s, seed 1');
  });

  it('fetches nothing', () => {
    expect(reportHtml(report)).not.toMatch(/<(script|link|img|iframe)|@import|url\(|(src|href)=|https?:/);
  });

  it('shows texts from outside as texts', () => {
    const text = '<script>alert("job")</script>';
    const [first, ...others] = report.invariants;
    if (first === undefined) throw new Error('there is no invariant');
    const broken = { ...first, faultCount: 60, faults: [{ jobId: null, text }] };
    const html = reportHtml({ ...report, invariants: [broken, ...others] });
    expect(html).not.toContain(text);
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain('and 59 more');
  });

  it('is drawn from numbers alone', () => {
    expect(reportHtml(report)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
