import { type Decided, type Streams } from '../../engine/commands/streams.js';
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
    const jobIds = commands.map(({ jobId }) => jobId);
    await this.#write(await this.streams.cachedAll(jobStream, jobIds));
    return await this.streams.decideOnMany(jobStream, addressed, {
      // Only the step before it says where a job's progress is kept, and other nodes may have written one since.
      beforeAgain: async (behind) => {
        await this.#write(await this.streams.loadAll(jobStream, behind));
      },
    });
  }

  async #write(jobs: readonly { readonly state: Job }[]): Promise<void> {
    const steps = jobs.flatMap(({ state }) => stepOf(state) ?? []);
    const young = steps.filter(({ progress }) => this.#restMs(progress) > -maxLatenessMs);
    if (young.length === 0) return;
    const kept = await this.timers.read(young.map(({ timerId }) => timerId));
    const commands = kept.filter((each) => each instanceof RecordProgress);
    await this.streams.decideOnMany(
      jobStream,
      commands.map((command) => ({ id: command.jobId, command })),
    );
  }

  /** Until a step's second is over, by the clock that stamped it: the one that says what is due may have been set back. */
  #restMs({ reportedAt }: Progress): number {
    return Math.min(reportedAt + betweenReportsMs - this.clock.now(), betweenReportsMs);
  }
}

/** The last step in the history of a job that runs, and the timer of what is kept after it. */
function stepOf(job: Job) {
  if (job.state !== 'RUNNING' || job.progress === null) return null;
  const { progress, lease, definition } = job;
  const { clientId } = definition;
  return { progress, clientId, timerId: derivedId('timer', 'progress', lease.leaseId, progress.reportedAt) };
}
