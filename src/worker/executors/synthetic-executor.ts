import { createHash } from 'node:crypto';
import { type SyntheticKind } from '../../kernel/work-kinds.js';
import { PermanentFailure } from '../../sdk/failures.js';
import { type Lease } from '../../sdk/lease-source.js';
import { type Handler, type JobContext } from '../../sdk/running-job.js';
import { syntheticCatalog, type SyntheticWork } from '../synthetic-catalog.js';
import { expectedOutput } from '../synthetic-output.js';
import { allocate } from './allocate.executor.js';
import { compute } from './compute.executor.js';
import { writeAndRead } from './disk.executor.js';
import { sleepAndReport } from './sleep.executor.js';
import { type ThreadPool } from './thread-pool.js';

/** Makes the executor of one synthetic kind from its line in the catalogue. */
export function syntheticExecutor(workKind: SyntheticKind, timeScale: number, threads: ThreadPool): Handler {
  const work = syntheticCatalog[workKind];
  return async (job, context) => {
    await pass(durationOf(work, job, timeScale), work, threads, context);
    const output = expectedOutput(workKind, job.jobId);
    if (fails(work, job)) throw failure(work, output);
    return output;
  };
}

/** The engine's timeout is not scaled: running over it takes all of it and some more. */
const durationOf = ({ durationMs, ending }: SyntheticWork, job: Lease, timeScale: number): number =>
  durationMs * timeScale + (ending === 'is timed out' ? job.executionTimeoutMs : 0);

function pass(ms: number, work: SyntheticWork, threads: ThreadPool, context: JobContext): Promise<void> {
  switch (work.load) {
    case 'sleep':
      return sleepAndReport(ms, work.progressReports, context);
    case 'compute':
      return compute(ms, threads, context.signal);
    case 'allocate':
      return allocate(ms, threads, context.signal);
    case 'disk':
      return writeAndRead(ms, context.signal);
  }
}

function fails({ ending }: SyntheticWork, { attempt }: Lease): boolean {
  if (ending === 'fails retryably on the first attempt') return attempt === 1;
  return ending !== 'succeeds';
}

/** A failure keeps no result, so the digest of what was put out stands in its message. */
function failure({ ending }: SyntheticWork, output: string | null): Error {
  const digest = createHash('sha256')
    .update(output ?? '')
    .digest('hex');
  const message = `as the catalogue has it; output sha256 ${digest}`;
  if (ending === 'fails for good' || ending === 'is refused at submit')
    return new PermanentFailure(message, 'SYNTHETIC');
  return Object.assign(new Error(message), { code: 'SYNTHETIC' });
}
