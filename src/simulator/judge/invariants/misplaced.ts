import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';
import { mayBeTooLate } from '../too-late.js';

export const misplaced: Invariant = {
  name: 'misplaced',
  promise:
    'Each item of a batch is answered in its place, for itself, as if it had come alone; jobs of a batch queue in their order.',

  casesIn: ({ submits, ends }: History): number =>
    [...submits, ...ends].filter(({ inBatch }) => inBatch !== null && inBatch.answeredAs !== null).length,

  *faultsIn({ events, submits, ends, jumps }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const submit of submits) {
      const isTooLate = mayBeTooLate(submit, jumps);
      for (const text of wrongAnswers(submit, jobs, isTooLate)) yield { jobId: submit.jobId, text };
    }
    for (const { jobId, leaseId, inBatch } of ends)
      if (inBatch !== null && inBatch.answeredAs !== null && inBatch.answeredAs !== leaseId)
        yield {
          jobId,
          text: `item ${inBatch.place} of ${inBatch.batch} is about lease ${leaseId} and was answered as ${inBatch.answeredAs}`,
        };
    yield* wrongOrders(events, submits);
  },
};

type Submit = History['submits'][number];

function* wrongAnswers(
  submit: Submit,
  jobs: ReadonlyMap<string, readonly HistoryEvent[]>,
  isTooLate: boolean,
): Iterable<string> {
  const { inBatch, jobId, key, status } = submit;
  if (inBatch === null) return;
  const { batch, place, answeredAs } = inBatch;
  const item = `item ${place} of batch ${batch}`;
  if (answeredAs !== null && answeredAs !== place) yield `${item} was answered as item ${answeredAs}`;
  // Nothing is wrong with it, whatever is wrong with its neighbours; but for a time that has passed.
  if ((status === 400 && !isTooLate) || status === 413) yield `${item} was refused with ${status}`;
  const made = textIn(jobId === null ? undefined : createdIn(jobs.get(jobId) ?? []), 'idempotency_key');
  if (made !== null && made !== key) yield `${item} with key ${key} was answered with the job of key ${made}`;
}

function* wrongOrders(events: readonly HistoryEvent[], submits: readonly Submit[]): Iterable<Fault> {
  const inBatches = submits.filter(({ inBatch, jobId }) => inBatch !== null && jobId !== null);
  if (inBatches.length === 0) return;
  const places = new Map<string, number>();
  for (const [place, { jobId, name }] of events.entries()) if (name === 'JobCreated') places.set(jobId, place);
  const last = new Map<string, { readonly jobId: string; readonly place: number }>();
  const seen = new Set<string>();
  for (const { inBatch, jobId } of inBatches) {
    const place = places.get(jobId ?? '');
    // One that is there twice has the place of its first.
    if (inBatch === null || jobId === null || place === undefined || seen.has(jobId)) continue;
    seen.add(jobId);
    const before = last.get(inBatch.batch);
    if (before !== undefined && place < before.place)
      yield {
        jobId,
        text: `job ${jobId} of batch ${inBatch.batch} was made before ${before.jobId}, which precedes it`,
      };
    last.set(inBatch.batch, { jobId, place });
  }
}
