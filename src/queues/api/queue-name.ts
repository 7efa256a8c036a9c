import { Matches } from 'class-validator';
import { RequestMalformed } from '../../platform/http/http.refusals.js';

const name = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The queue that a path names. */
export class QueuePath {
  @Matches(name)
  queue!: string;
}

/** A queue is whatever a job may name; what no job may name is not one. Throws `RequestMalformed`. */
export function queueNameFrom(text: string): string {
  if (!name.test(text)) throw new RequestMalformed(`A queue is named like ${name.source}.`);
  return text;
}
