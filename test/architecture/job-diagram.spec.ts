import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { jobDecider } from '../../src/jobs/domain/job.decider.js';
import { type JobEvent } from '../../src/jobs/domain/job.events.js';
import { fold } from '../../src/kernel/decider.js';
import {
  assigned,
  canceled,
  created,
  failed,
  progressed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
} from '../support/job-events.js';

type Job = ReturnType<typeof jobDecider.evolve>;

const toRun = [created(), queued(), assigned(), started()];
const histories: readonly (readonly JobEvent[])[] = [
  [],
  toRun.slice(0, 1),
  toRun.slice(0, 2),
  toRun.slice(0, 3),
  toRun,
  [...toRun, succeeded()],
  [...toRun, failed()],
  [...toRun.slice(0, 2), canceled()],
];
const nexts: readonly JobEvent[] = [
  ...[created(), queued(), assigned(), started(), progressed(), succeeded(), failed()],
  ...[retryScheduled(), retriesExhausted(), canceled()],
];

const stateAfter = (events: readonly JobEvent[]): Job => fold(jobDecider, events);
const shown = ({ state }: Job): string => (state === 'NONE' ? '[*]' : state);

/** Null where the event cannot come next. */
function unlessRefused<Answer>(work: () => Answer): Answer | null {
  try {
    return work();
  } catch {
    return null;
  }
}

function transitionsFrom(history: readonly JobEvent[]): readonly string[] {
  const job = stateAfter(history);
  return nexts.flatMap((event) => {
    const next = unlessRefused(() => jobDecider.evolve(job, event));
    return next === null ? [] : [`${shown(job)} --> ${shown(next)}: ${event.type}`];
  });
}

describe('the diagram of the states of a job', () => {
  it('has every event that can come in each state, and no other', () => {
    const diagram = /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(readFileSync('docs/internals/jobs.md', 'utf8'))?.[1];
    const drawn = (diagram ?? '').split('\n').flatMap((line) => (line.includes('-->') ? [line.trim()] : []));
    expect(drawn.sort()).toEqual(histories.flatMap(transitionsFrom).sort());
  });
});
