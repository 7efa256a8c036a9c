import { describe, expect, it } from '@jest/globals';
import { foldReactions } from '../../src/engine/sagas/saga-reactions.js';
import { type JobCommand, QueueDueJob, SubmitJob } from '../../src/jobs/domain/job.commands.js';
import { jobDecider } from '../../src/jobs/domain/job.decider.js';
import { type JobEvent } from '../../src/jobs/domain/job.events.js';
import { type Job } from '../../src/jobs/domain/job.state.js';
import { deferral } from '../../src/jobs/sagas/deferral.saga.js';
import { type Instant } from '../../src/kernel/instant.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { definition } from '../support/job-events.js';
import { MemoryEventStore, newEvent } from '../support/memory-event-store.js';
import { Chance, chosenSeed } from './chance.js';
import { commandTypes, VirtualLeases, VirtualNode } from './virtual-node.js';
import { VirtualTimers } from './virtual-timers.js';

const seed = chosenSeed();
const deferred = 100_000;
const withinMs = 600_000;
const stepMs = 1_000;
const startedAt = 1_000_000_000;

/** Timers of one batch. */
const together = 500;

describe('a hundred thousand virtual timers', () => {
  it('fire exactly once each over four virtual nodes that die', async () => {
    console.log(`virtual timers: FORGERUN_TEST_SEED=${seed}`);
    const chance = new Chance(seed);
    const time = { now: startedAt as Instant };
    const timers = new VirtualTimers();
    const dependencies = { store: new MemoryEventStore(), time, leases: new VirtualLeases() };
    const nodes = Array.from({ length: 4 }, () => new VirtualNode(dependencies));
    // What the log would hold, without its bytes: this is about timers, and a stream each is what counts.
    const jobs = new Map<string, Job>();
    const dueAt = new Map<string, Instant>();
    const queuedAt = new Map<string, Instant[]>();
    const told = (jobId: string, command: JobCommand): readonly JobEvent[] => {
      const job = jobs.get(jobId) ?? jobDecider.initialState;
      const events = jobDecider.decide(command, job, time.now);
      jobs.set(
        jobId,
        events.reduce((before, event) => jobDecider.evolve(before, event), job),
      );
      return events;
    };
    for (let n = 0; n < deferred; n += together) {
      const created = Array.from({ length: together }, (_, place) => {
        const jobId = chance.id();
        const executionAt = startedAt + chance.between(1, withinMs);
        dueAt.set(jobId, executionAt);
        const asked = { ...definition, jobType: 'DEFERRED' as const, executionAt };
        const [event] = told(jobId, new SubmitJob(jobId, 'c1', asked, null, jobId));
        if (event === undefined) throw new TypeError('a submit came to nothing');
        return recordedOf(event, n + place, jobId);
      });
      timers.apply(foldReactions(deferral, created, commandTypes));
    }
    expect(timers.size).toBe(deferred);

    let [sent, crashes] = [0, 0];
    const fire = async (node: VirtualNode): Promise<void> => {
      for (;;) {
        const rows = timers.take(node.clock.now(), together);
        if (rows.length === 0) return;
        const isDead = chance.happens(0.1);
        const stopsAt = isDead ? chance.between(0, rows.length) : rows.length;
        for (const { timer } of rows.slice(0, stopsAt)) {
          // The other runners look at the table while this is on its way.
          if (sent % 16 === 0) await Promise.resolve();
          const command = commandTypes.read(timer.command);
          if (!(command instanceof QueueDueJob)) throw new TypeError(`${command.type} is no command of a deferral`);
          for (const { type } of told(command.jobId, command))
            if (type === 'JobQueued') queuedAt.set(command.jobId, [...(queuedAt.get(command.jobId) ?? []), time.now]);
          sent += 1;
        }
        if (isDead) {
          crashes += 1;
          node.crash();
        }
        for (const row of rows) timers.release(row, isDead ? 'as it was' : null);
      }
    };
    for (; timers.size > 0; time.now += stepMs) await Promise.all(nodes.map(fire));

    const wrong: string[] = [];
    for (const [jobId, due] of dueAt) {
      const [at = -Infinity, ...more] = queuedAt.get(jobId) ?? [];
      if (more.length > 0) wrong.push(`${jobId} was queued ${more.length + 1} times`);
      if (at < due) wrong.push(`${jobId} came early or never`);
      if (at >= due + 2 * stepMs) wrong.push(`${jobId} came late`);
    }
    expect(wrong).toEqual([]);
    // Those of the dead were sent again, and that changed nothing.
    expect(crashes).toBeGreaterThan(0);
    expect(sent).toBeGreaterThan(deferred);
  }, 240_000);
});

const recordedOf = (event: JobEvent, place: number, jobId: string): Recorded<JobEvent> => ({
  id: `event-${place}`,
  stream: `job-${jobId}`,
  revision: 0,
  position: BigInt(place),
  event,
  metadata: newEvent(event, startedAt).metadata,
});
