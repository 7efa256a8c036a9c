import { type Descriptions } from '../../platform/http/openapi/descriptions.js';

const message = 'The mail server refused the address.';
const retryAfter = 'How long to wait before the next attempt, in milliseconds; by the backoff of the job when absent.';
const result = 'What the worker returned.';

/** What workers send and get. */
export const leaseDescriptions: Descriptions = {
  lease_id: {
    text: 'The UUID of the lease, as leasing returned it; it proves who holds the job.',
    example: '0198c0de-0000-7000-8000-000000000006',
  },
  percent: { text: 'The share that is done, from 0 to 100.', example: 40 },
  worker_id: { text: 'A name that the worker gives itself.', example: 'worker-1' },
  lease_expires_at: 'When the lease ends unless a heartbeat extends it.',
  cancel_requested: 'Whether the job was cancelled: then stop working on it.',
  retryable: { text: 'Whether another attempt may succeed; false makes the failure final.', default: true },
  retry_at: 'When the next attempt is due; null where there is none.',
  'ReleaseJobRequest.reason': { text: 'A note for people that the event keeps.', example: 'The worker is shut down.' },
  LeaseAndEndRequest: {
    text: 'Asks for jobs to run, and may report on earlier ones in the same call.',
    example: { worker_id: 'worker-1', work_kinds: ['email.send'], max_jobs: 10, wait_ms: 20_000, start: true },
  },
  'LeaseAndEndRequest.queues': {
    text: 'Take jobs from these queues only; from every queue when absent.',
    example: ['default'],
  },
  'LeaseAndEndRequest.work_kinds': {
    text: 'Take jobs of these kinds only; of every kind that is not built in when absent.',
    example: ['email.send'],
  },
  'LeaseAndEndRequest.max_jobs': { text: 'How many jobs to lease at most.', default: 1 },
  'LeaseAndEndRequest.wait_ms': {
    text: 'How long the call waits, in milliseconds, while no job is ready (long poll).',
    default: 0,
  },
  'LeaseAndEndRequest.lease_ms': {
    text: 'After how long without a heartbeat a lease ends, in milliseconds; `FORGERUN_LEASE_MS` when absent.',
    example: 30_000,
  },
  'LeaseAndEndRequest.start': { text: 'Whether to start the jobs in the same step.', default: false },
  'LeaseAndEndRequest.complete':
    'Ends of jobs that were leased before, recorded first; each succeeds or is refused by itself.',
  'Leases.leases': 'The jobs to run now; empty where none became ready in time.',
  'Leases.completed': 'The result of each entry of `complete`, in the same order; absent where the request has none.',
  'Lease.attempt': { text: 'The number of this run, counted from 1.', example: 1 },
  'Lease.execution_timeout_ms': 'How long this attempt may run from its start, in milliseconds.',
  'Lease.traceparent': {
    text: 'The W3C trace context of the job, to go on with; null where there is none.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'HeartbeatItem.status': { text: 'The HTTP status that this heartbeat alone would have had.', example: 200 },
  'EndedItem.status': { text: 'The HTTP status that this end alone would have had.', example: 200 },
  'ProgressRequest.message': { text: 'What is being done, for people.', example: 'Sent 40 of 100' },
  'CompleteJobRequest.result': { text: result, example: { message_id: 'm-1' } },
  ErrorRequest: 'Why an attempt failed; texts are cut where they are too long, never refused.',
  'ErrorRequest.code': { text: 'A short code for programs.', example: 'smtp_refused' },
  'ErrorRequest.message': { text: 'What went wrong, for people.', example: message },
  'ErrorRequest.stack': { text: 'The stack trace.', example: 'Error: refused\n    at send (mail.js:1:1)' },
  FailJobRequest: {
    text: 'Reports that an attempt failed.',
    example: { error: { code: 'smtp_refused', message }, retry_after_ms: 60_000 },
  },
  'FailJobRequest.error': 'Why the attempt failed.',
  'FailJobRequest.retry_after_ms': { text: retryAfter, example: 60_000 },
  'EndJobsRequest.items': 'The ends to record; each succeeds or is refused by itself.',
  'HeartbeatsRequest.items': 'The leases to extend; each succeeds or is refused by itself.',
  'EndItemRequest.job_id': {
    text: 'The UUID of the leased job; giving it spares the engine a look-up.',
    example: '0198c0de-0000-7000-8000-000000000005',
  },
  'HeartbeatItemRequest.job_id': {
    text: 'The UUID of the leased job; giving it spares the engine a look-up.',
    example: '0198c0de-0000-7000-8000-000000000005',
  },
  'EndItemRequest.result': { text: `${result} Not kept where \`error\` is given.`, example: { message_id: 'm-1' } },
  'EndItemRequest.error': 'Why the attempt failed; present only where it did.',
  'EndItemRequest.retry_after_ms': { text: retryAfter, example: 60_000 },
};
