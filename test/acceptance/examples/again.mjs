// again.mjs
import { ForgeRunClient } from 'forgerun/client';

const client = new ForgeRunClient();
for await (const job of client.jobs.list({ state: 'FAILED', workKind: 'email.send' })) {
  if (job.outcome !== 'FAILED') continue; // it will be retried by itself
  await client.jobs.retry(job.jobId, { force: true, reason: 'the mail server is back' });
  console.log(job.jobId);
}
