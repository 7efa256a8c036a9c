import { type Decided, type Streams } from '../../engine/commands/streams.js';
import { type StreamState } from '../../engine/commands/stream-state.js';
import { type TimerTable } from '../../engine/timers/timer-table.js';
import { type Clock } from '../../platform/clock/clock.js';
import { derivedId } from '../../platform/ids/ids.js';
import { type JobCommand, RecordProgress, type ReportProgress } from '../domain/job.commands.js';
import { type JobEvent } from '../domain/job.events.js';
import { type Job, type Progress } from '../domain/job.state.js';
import { betweenReportsMs } from '../domain/progress.js';
import { jobStream } from '../domain/job.stream.js';

/** A timer may be late, and what it would write is kept until then: at an end, older steps are asked for no more. */
const maxLatenessMs = 60_000;

/** While what is kept is written, more may be kept. A worker that goes on reporting does not hold up its end for ever. */
const maxLooks = 4;

/**
 * The newest progress of a job that came too soon after the one in its history: kept as a timer, one for each step in
 * the history, and written when its second is over or before the job's end.
 */
export class KeptProgress {
  constructor(
    private readonly timers: TimerTable,
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  /** Keeps what was decided not to be written. False where its second was over before it was kept: to be decided again. */
  async keep({ jobId, leaseId, percent, message, cause }: ReportProgress, job: Job): Promise<boolean> {
    const step = stepOf(job);
    if (step === null) return true;
    const { timerId, progress } = step;
    const restMs = this.#restMs(progress);
    if (restMs <= 0) return percent === progress.percent && message === progress.message;
    const command = new RecordProgress(jobId, leaseId, percent, message, progress.reportedAt).because(cause);
    await this.timers.arm({
      timerId,
      dueAt: this.clock.due() + restMs,
      setBy: 'progress',
      clientId: step.clientId,
      subject: leaseId,
      command,
    });
    // A runner may have had the row in hand, and written what was kept before.
    return this.#restMs(progress) > 0;
  }

  /** Decides on a command that may end its job. What is kept of the job's progress is written before. */
  async decideOn(command: JobCommand): Promise<Decided<Job, JobEvent>> {
    const [answer] = await this.decideOnMany([command]);
    if (answer === undefined) throw new TypeError('a command was given and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** The same for many, each of another job; each gets its own answer or the error it met. */
  async decideOnMany(commands: readonly JobCommand[]): Promise<readonly (Decided<Job, JobEvent> | Error)[]> {
    const addressed = commands.map((command) => ({ id: command.jobId, command }));
    // What a worker is answered while other parts of the batch are decided comes before the end of its own job.
    return await this.streams.decideOnMany(jobStream, addressed, { before: (jobs) => this.#withKept(jobs) });
  }

  /** What jobs have come to once all is written that is kept of their progress; an error where it could not be. */
  async #withKept(jobs: readonly StreamState<Job>[]): Promise<readonly (StreamState<Job> | Error)[]> {
    const looks = new Map<string, Look>();
    for (const job of jobs) {
      const step = stepOf(job.state);
      if (step !== null && this.#restMs(step.progress) > -maxLatenessMs)
        looks.set(step.jobId, { job, timerIds: [step.timerId] });
    }
    const written = new Set<string>();
    for (let times = 0; times < maxLooks; times += 1) {
      const kept = (await this.#read(looks)).filter(({ cause }) => !written.has(cause.commandId));
      if (kept.length === 0) break;
      for (const { cause } of kept) written.add(cause.commandId);
      await this.#write(kept, looks);
    }
    return jobs.map((job) => looks.get(stepOf(job.state)?.jobId ?? '')?.job ?? job);
  }

  /** What is kept of each job; where it is kept behind two steps, what is behind the newer one. */
  async #read(looks: ReadonlyMap<string, Look>): Promise<readonly RecordProgress[]> {
    const timerIds = [...looks.values()].flatMap((look) => look.timerIds);
    if (timerIds.length === 0) return [];
    const kept = (await this.timers.read(timerIds)).filter((each) => each instanceof RecordProgress);
    kept.sort((one, other) => one.after - other.after);
    return [...new Map(kept.map((each) => [each.jobId, each])).values()];
  }

  async #write(kept: readonly RecordProgress[], looks: Map<string, Look>): Promise<void> {
    const commands = kept.map((each) => ({ id: each.jobId, command: behindNewest(each, looks.get(each.jobId)?.job) }));
    const answers = await this.streams.decideOnMany(jobStream, commands);
    for (const [place, { id }] of commands.entries()) {
      const answer = answers[place];
      if (answer instanceof Error) looks.set(id, { job: answer, timerIds: [] });
      else if (answer !== undefined)
        looks.set(id, { job: answer.streamState, timerIds: timersOf(answer, looks.get(id)) });
    }
  }

  /** Until a step's second is over, by the clock that stamped it: the one that says what is due may have been set back. */
  #restMs({ reportedAt }: Progress): number {
    return Math.min(reportedAt + betweenReportsMs - this.clock.now(), betweenReportsMs);
  }
}

/** A job that may end, and the timers of what may be kept of its progress. */
interface Look {
  readonly job: StreamState<Job> | Error;
  readonly timerIds: readonly string[];
}

/** What was kept behind a step while another was written, so that it follows that one. */
function behindNewest(kept: RecordProgress, job: Look['job'] | undefined): RecordProgress {
  const step = job === undefined || job instanceof Error ? null : stepOf(job.state);
  if (step === null || step.progress.reportedAt === kept.after) return kept;
  const { jobId, leaseId, percent, message, cause } = kept;
  return new RecordProgress(jobId, leaseId, percent, message, step.progress.reportedAt).because(cause);
}

/** Where others have written a step meanwhile, what is kept behind those before it is older. */
function timersOf({ state, events }: Decided<Job, JobEvent>, before: Look | undefined): readonly string[] {
  const step = stepOf(state);
  if (step === null) return [];
  return events.length > 0 && before !== undefined ? [...before.timerIds, step.timerId] : [step.timerId];
}

/** The last step in the history of a job that runs, and the timer of what is kept after it. */
function stepOf(job: Job) {
  if (job.state !== 'RUNNING' || job.progress === null) return null;
  const { progress, lease, definition } = job;
  const { jobId, clientId } = definition;
  return { jobId, progress, clientId, timerId: derivedId('timer', 'progress', lease.leaseId, progress.reportedAt) };
}
