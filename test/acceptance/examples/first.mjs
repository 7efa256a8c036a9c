// first.mjs
import { ForgeRunClient } from 'forgerun/client';

const client = new ForgeRunClient();
const { jobId } = await client.jobs.submit({
  type: 'EXECUTE',
  workKind: 'SUCCESS_FAST',
  payload: { hello: 'world' },
});
const job = await client.jobs.waitFor(jobId);
console.log(job.state, job.attempt);
