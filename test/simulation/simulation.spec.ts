import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { faultsIn, type LoggedEvent } from '../support/history-checker.js';
import { chosenSeed } from './chance.js';
import { decidedOtherwise } from './decide-again.js';
import { Simulation, type SimulationOptions } from './simulation.js';
import { calendar } from '../../src/schedules/schedule.stream.js';

const seed = chosenSeed();
console.log(`simulation: FORGERUN_TEST_SEED=${seed}`);

async function simulated(options: Omit<SimulationOptions, 'seed'>) {
  const simulation = new Simulation({ seed, ...options });
  const log = await simulation.run();
  const { submitted, completed } = simulation;
  return { simulation, log, faults: faultsIn(log, { submitted, completed, mustHaveEnded: true }) };
}

const ofType = (log: readonly LoggedEvent[], ...types: readonly string[]): readonly LoggedEvent[] =>
  log.filter(({ type }) => types.includes(type));

/** Retries and expiries that came before the instant that was promised for them. */
function early(log: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
  const retries = new Map<unknown, number>();
  const leases = new Map<unknown, number>();
  // A job that is canceled while it waits for its retry goes through QUEUED.
  const canceled = new Set(ofType(log, 'JobCanceled').map(({ stream, revision }) => `${stream}@${revision}`));
  for (const { type, data, at, stream, revision } of log) {
    const { jobId } = data;
    // What was interrupted costs no attempt and is queued again at once.
    if (type === 'JobFailed') retries.set(jobId, data['charged'] === false ? -Infinity : Infinity);
    if (type === 'JobRetryScheduled') retries.set(jobId, Number(data['retryAt']));
    if (type === 'JobAssigned' || type === 'JobStarted') leases.set(jobId, Number(data['expiresAt']));
    if (
      type === 'JobQueued' &&
      data['reason'] === 'retry' &&
      at < (retries.get(jobId) ?? Infinity) &&
      !canceled.has(`${stream}@${revision + 1}`)
    )
      found.push(`the retry of ${String(jobId)} came early`);
    const isExpiry =
      (type === 'JobQueued' && data['reason'] === 'lease_expired') ||
      (type === 'JobFailed' && ['worker_lost', 'timeout'].includes(String(data['reason'])));
    if (isExpiry && at < (leases.get(jobId) ?? Infinity)) found.push(`the lease of ${String(jobId)} ended early`);
  }
  return found;
}

/** Ticks of schedules that have more or less than one story, and fired ones without exactly one job. */
function unaccounted(log: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
  const created = new Map(ofType(log, 'JobCreated').map(({ data }) => [data['jobId'], data] as const));
  for (const { data: schedule } of ofType(log, 'ScheduleCreated')) {
    const rule = schedule['rule'] as { cron: string; timezone: string; overlap: string };
    const own = log.filter(({ data }) => data['scheduleId'] === schedule['scheduleId']);
    const fired = ofType(own, 'OccurrenceFired').map(({ data, at }) => ({ dueAt: Number(data['dueAt']), data, at }));
    const instants = fired.map(({ dueAt }) => dueAt);
    if (new Set(instants).size !== instants.length) found.push(`${rule.cron} fired one tick twice`);
    for (const { data, dueAt, at } of fired) {
      if (!created.has(data['jobId'])) found.push(`the tick ${dueAt} of ${rule.cron} has no job`);
      if (at < dueAt) found.push(`the tick ${dueAt} of ${rule.cron} came early`);
    }
    if (rule.overlap !== 'allow') continue;
    const until = Math.max(...instants);
    let tick = Number(schedule['createdAt']);
    for (;;) {
      const next = calendar.next(rule, tick);
      if (next === null || next > until) break;
      if (!instants.includes(next)) found.push(`the tick ${next} of ${rule.cron} was lost`);
      tick = next;
    }
  }
  return found;
}

const digestOf = (log: readonly LoggedEvent[]): string =>
  createHash('sha256')
    .update(JSON.stringify(log.map(({ position, ...event }) => [String(position), event])))
    .digest('hex');

describe('thousands of jobs on four virtual nodes', () => {
  it('are neither lost, nor doubled, nor early, whatever dies in between', async () => {
    const { simulation, log, faults } = await simulated({ nodes: 4, jobs: 2_000, schedules: 8, faults: true });
    expect([...faults, ...early(log), ...unaccounted(log)]).toEqual([]);
    expect(decidedOtherwise(log)).toEqual([]);
    expect(simulation.submitted.size).toBe(2_000);
    // What the run was for has happened in it.
    expect(simulation.crashes).toBeGreaterThan(0);
    for (const reason of ['due', 'retry', 'lease_expired', 'released'])
      expect(ofType(log, 'JobQueued').some(({ data }) => data['reason'] === reason)).toBe(true);
    for (const reason of ['worker_lost', 'timeout', 'error'])
      expect(ofType(log, 'JobFailed').some(({ data }) => data['reason'] === reason)).toBe(true);
    expect(ofType(log, 'OccurrenceFired').length).toBeGreaterThan(50);
  }, 240_000);

  it('go the same way again with the same seed', async () => {
    const options = { nodes: 3, jobs: 150, schedules: 2, faults: true };
    const [one, other] = [await simulated(options), await simulated(options)];
    expect(digestOf(other.log)).toBe(digestOf(one.log));
  }, 240_000);
});

describe('a wall clock that jumps an hour on one of two virtual nodes', () => {
  const options = { nodes: 2, jobs: 500, schedules: 4, jumpMs: 3_600_000 };

  it('makes nothing early and nothing double', async () => {
    const { log, faults } = await simulated(options);
    expect([...faults, ...early(log), ...unaccounted(log)]).toEqual([]);
  }, 240_000);

  it('would, if nodes believed their wall clocks', async () => {
    const { log, faults } = await simulated({ ...options, schedules: 0, trustsWall: true });
    expect([...faults, ...early(log)]).not.toEqual([]);
  }, 240_000);
});
