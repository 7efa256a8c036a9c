import { type JobError } from '../domain/job.events.js';
import { type ErrorRequest } from './lease.requests.js';

/** What the worker said, as the events keep it. */
export const jobErrorFrom = ({ code, message, stack }: ErrorRequest): JobError => ({
  code: code ?? null,
  message,
  ...(stack === undefined ? {} : { stack }),
});
