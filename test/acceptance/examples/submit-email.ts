import { type ForgeRunClient, type Job } from '../../../src/sdk/client.js';

/** Submits one email and waits for its end. */
export async function submitEmail(client: ForgeRunClient, to: string): Promise<Job> {
  const { jobId } = await client.jobs.submit({
    type: 'EXECUTE',
    workKind: 'email.send',
    payload: { to, subject: 'Welcome' },
    retry: { maxAttempts: 3 },
  });
  return client.jobs.waitFor(jobId);
}
