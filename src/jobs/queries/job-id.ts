import { JobNotFound } from '../domain/job.refusals.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as ids are written; what is not one belongs to no job. Throws `JobNotFound`. */
export function jobIdFrom(text: string): string {
  const id = text.toLowerCase();
  if (!uuid.test(id)) throw new JobNotFound(text.slice(0, 100));
  return id;
}
