import { HttpLeaseSource, PermanentFailure, RetryLater, Worker } from '../../../src/sdk/worker.js';

interface Email {
  readonly to: string;
  readonly subject: string;
}

/** A provider that can send an email; throws `Busy` when it has enough for now. */
export interface Mailer {
  send(email: Email, signal: AbortSignal): Promise<{ readonly messageId: string }>;
}

export class Busy extends Error {}

/** A worker for `email.send`, four emails at a time. */
export function emailWorker(url: string, apiKey: string, mailer: Mailer): Worker {
  return new Worker({
    source: new HttpLeaseSource({ url, apiKey }),
    workerId: `email-${process.pid}`,
    concurrency: 4,
    handlers: {
      'email.send': async (job, { signal, progress }) => {
        if (!isEmail(job.payload)) throw new PermanentFailure('the payload is not an email', 'BAD_PAYLOAD');
        progress(10, `sending to ${job.payload.to}`);
        try {
          return await mailer.send(job.payload, signal);
        } catch (error) {
          if (error instanceof Busy) throw new RetryLater(30_000, 'the mailer is busy');
          throw error;
        }
      },
    },
    onError: (error, { action, lease }) => {
      console.error(action, lease?.jobId, error);
    },
  });
}

const isEmail = (payload: unknown): payload is Email =>
  typeof payload === 'object' && payload !== null && 'to' in payload && 'subject' in payload;
