import { type EventSchemas } from '../../kernel/event-schemas.js';
import { type EventMetadata } from '../../kernel/recorded.js';
import { type CanceledReason, canceledReasons, definitionSteps, type JobEvent } from './job.events.js';

/** Until then a code of the engine and the words of a caller shared one member. */
interface CanceledV1 {
  readonly reason: string;
}

/**
 * Whatever a key's holder said is words, also where it reads like a code. Where the caller said nothing, `requested`
 * was written.
 */
function canceledFromV1(data: object, { actor }: EventMetadata): object {
  const { reason: said } = data as CanceledV1;
  const isCode = !actor.startsWith('key:') && isCanceledReason(said);
  if (isCode) return { ...data, reason: said, note: null };
  return { ...data, reason: 'requested', note: said === 'requested' ? null : said };
}

const isCanceledReason = (text: string): text is CanceledReason => canceledReasons.some((code) => code === text);

export const jobUpcasts: EventSchemas<JobEvent>['upcast'] = {
  JobCreated: Object.fromEntries(definitionSteps.map((step, index) => [index + 1, step])),
  JobCanceled: { 1: canceledFromV1 },
};
