import { type NoWorkerParts } from '../../dispatch/no-worker-watch.js';
import { type ReadySweepReports } from '../leasing/ready-sweep.js';
import { type UndeliveredReports } from '../leasing/undelivered-leases.js';
import { type Log } from '../../platform/observability/log.js';
import { type Metrics } from '../../platform/observability/metrics.js';

/** Says what became of leases that no worker was given. */
export const undeliveredReports = (log: Log, metrics: Metrics): UndeliveredReports => ({
  withdrawn({ jobId, leaseId }) {
    metrics.add('leases_withdrawn_total');
    log.info({ action: 'lease_withdrawn', job_id: jobId, lease_id: leaseId });
  },
  left({ jobId, leaseId }, why) {
    log.warn({ action: 'lease_not_withdrawn', job_id: jobId, lease_id: leaseId, error_message: why });
  },
  failed(error) {
    log.warn({ action: 'lease_withdrawal_failed', err: error });
  },
});

/** Says what was wrong in the table of ready jobs and is no more. */
export const sweepReports = (log: Log, metrics: Metrics): ReadySweepReports => ({
  mended(jobId, fault) {
    metrics.add('ready_jobs_mended_total', { fault });
    log.warn({ action: 'ready_job_mended', job_id: jobId, reason: fault });
  },
  failed(error) {
    log.warn({ action: 'ready_jobs_sweep_failed', err: error });
  },
});

/** Says which jobs wait for a worker that does not come. */
export const noWorkerReport =
  (log: Log): NoWorkerParts['noWorker'] =>
  ({ clientId, queue, workKind, waitingSince }) => {
    log.warn({
      action: 'no_worker',
      client_id: clientId,
      queue,
      work_kind: workKind,
      reason: `a job has been waiting since ${new Date(waitingSince).toISOString()}, and no worker asks for its kind`,
    });
  };
