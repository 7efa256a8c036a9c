import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { factsOf } from './ending.js';
import { fail } from './failure.js';
import { type CompleteJob, type FailJob } from './job.commands.js';
import { evolve } from './job.evolve.js';
import { type JobEvent } from './job.events.js';
import { type Held, type Job, type Running } from './job.state.js';
import { hasEnded, heldUnder, started } from './lease.js';

export function complete({ jobId, leaseId, result }: CompleteJob, job: Job, at: Instant): readonly JobEvent[] {
  if (hasEnded(leaseId, 'succeeded', job)) return [];
  return whileRunning(heldUnder(leaseId, jobId, job), at, (running) => [
    {
      type: 'JobSucceeded',
      data: {
        jobId,
        clientId: running.definition.clientId,
        ...factsOf(running),
        result: resultOf(running, result),
        finishedAt: at,
      },
    },
  ]);
}

/** The result of a job. What an EMIT_EVENT job publishes was given at its submit: its worker has no say in that. */
const resultOf = ({ definition: { jobType, payload } }: Running, result: JsonText | null): JsonText | null =>
  jobType === 'EMIT_EVENT' ? payload : result;

export function failByWorker(command: FailJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (hasEnded(command.leaseId, 'failed', job)) return [];
  return whileRunning(heldUnder(command.leaseId, command.jobId, job), at, (running) => fail(running, command, at, due));
}

/** A worker that finishes without having said that it started is taken to have started now. */
function whileRunning(held: Held, at: Instant, finish: (running: Running) => readonly JobEvent[]): readonly JobEvent[] {
  if (held.state === 'RUNNING') return finish(held);
  const event = started(held, at, at);
  return [event, ...finish(evolve(held, event))];
}
