import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import {
  CancelJob,
  CompleteJob,
  FailJob,
  type JobCommand,
  RecordProgress,
  ReleaseJob,
  RetryJob,
  StartJob,
} from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { endedFrom } from './ended.js';
import { ExtendLease, ExtendLeases } from './extend-lease.js';
import { KeptProgress } from './kept-progress.js';
import { LeaseExtension } from './lease-extension.js';
import { jobStream } from '../domain/job.stream.js';

const decide = async (streams: Streams, command: JobCommand): Promise<Ended> =>
  endedFrom(command.jobId, await streams.decideOn(jobStream, command.jobId, command));

/** Where it may be the job's end: what is kept of its progress comes before. */
const end = async (progress: KeptProgress, command: JobCommand): Promise<Ended> =>
  endedFrom(command.jobId, await progress.decideOn(command));

/** Handlers that only pass commands of jobs on. */
export const jobHandlers = [
  handledBy(KeptProgress, CancelJob, end),
  handledBy(KeptProgress, CompleteJob, end),
  handledBy(KeptProgress, FailJob, end),
  handledBy(KeptProgress, ReleaseJob, end),
  handledBy(Streams, RetryJob, decide),
  handledBy(Streams, StartJob, decide),
  handledBy(Streams, RecordProgress, async (streams, command): Promise<TimerAnswer> => {
    await streams.decideOn(jobStream, command.jobId, command);
    return 'done';
  }),
  handledBy(LeaseExtension, ExtendLease, (extension, lease) => extension.extendOne(lease)),
  handledBy(LeaseExtension, ExtendLeases, (extension, { leases }) => extension.extend(leases)),
];
