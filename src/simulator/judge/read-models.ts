import { ForgeRunError } from '../../sdk/forge-run-error.js';
import { type Tenant } from '../target/tenants.js';
import { type ListedJob, type ListedQueue, type ShownReport } from './history.js';

/** Small enough for a short run to need several. */
const pageSize = 50;
const maxReports = 25;

/** What the lists and reports of a client show. */
interface ReadModels {
  readonly listed: readonly ListedJob[];
  /** Of some jobs, spread over all of them: each one is a call. */
  readonly reports: readonly ShownReport[];
  readonly queues: readonly ListedQueue[];
}

export async function readModelsOf({ reader: { client } }: Tenant): Promise<ReadModels> {
  const listed: ListedJob[] = [];
  for await (const { jobId, state, outcome, revision } of client.jobs.list({ limit: pageSize }))
    listed.push({ jobId, state, outcome, revision });
  const ended = listed.filter(({ outcome }) => outcome !== null);
  const step = Math.max(1, Math.floor(ended.length / maxReports));
  const reports: ShownReport[] = [];
  for (const { jobId } of ended.filter((_job, index) => index % step === 0)) {
    try {
      const { outcome, events } = await client.jobs.report(jobId);
      reports.push({ jobId, outcome, eventCount: events.length });
    } catch (error) {
      if (!(error instanceof ForgeRunError)) throw error;
      reports.push({ jobId, outcome: error.code, eventCount: 0 });
    }
  }
  const queues = (await client.queues.list()).map(({ queue, paused, maxRunning }) => ({ queue, paused, maxRunning }));
  return { listed, reports, queues };
}
