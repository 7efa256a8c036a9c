import { type Streams } from '../../engine/commands/streams.js';
import { type TimerTable } from '../../engine/timers/timer-table.js';
import { type Clock } from '../../platform/clock/clock.js';
import { derivedId } from '../../platform/ids/ids.js';
import { RecordProgress, type ReportProgress } from '../domain/job.commands.js';
import type { Job } from '../domain/job.state.js';
import { betweenReportsMs } from '../domain/progress.js';
import { jobKind } from '../job.kind.js';

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
    if (step === null || step.dueAt <= this.clock.due()) return true;
    const command = new RecordProgress(jobId, leaseId, percent, message, step.reportedAt).because(cause);
    await this.timers.arm({ ...step, setBy: 'progress', subject: leaseId, command });
    // A runner may have had the row in hand, and written what was kept before.
    return step.dueAt > this.clock.due();
  }

  /** Writes what is kept of these jobs, as far as this process knows of any: to be called before they end. */
  async write(jobIds: readonly string[]): Promise<void> {
    const since = this.clock.due() - betweenReportsMs;
    const steps = jobIds.flatMap((jobId) => stepOf(this.streams.remembered(jobKind, jobId)?.state ?? null) ?? []);
    const young = steps.filter(({ reportedAt }) => reportedAt > since);
    if (young.length === 0) return;
    const kept = await this.timers.read(young.map(({ timerId }) => timerId));
    const commands = kept.filter((each) => each instanceof RecordProgress);
    await this.streams.decideOnMany(
      jobKind,
      commands.map((command) => ({ id: command.jobId, command })),
    );
  }
}

/** The last step in the history of a job that runs, and the timer of what is kept after it. */
function stepOf(job: Job | null) {
  if (job?.state !== 'RUNNING' || job.progress === null) return null;
  const { reportedAt } = job.progress;
  return {
    reportedAt,
    dueAt: reportedAt + betweenReportsMs,
    timerId: derivedId('timer', 'progress', job.lease.leaseId, reportedAt),
  };
}
