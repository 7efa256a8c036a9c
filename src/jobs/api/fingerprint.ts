import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/json-value.js';
import { type JobDefinition } from '../domain/job.events.js';

/**
 * What a submit is compared by with the one its key was first used for, by every rule there has been, the newest first.
 * A job keeps the fingerprint of the rule of its day, so a repeat is the same when any of its own is equal to it: each
 * rule but the first says its version, and no two can be mistaken for each other.
 */
export function fingerprintsOf(definition: JobDefinition): readonly [string, ...string[]] {
  return [`2.${hashOf({ ...definition, payload: valueOf(definition.payload) })}`, hashOf(definition)];
}

/** Of a job without a key. */
export const unkeyedFingerprint = '2.';

/** Of a build that compared payloads by their text. */
export const isOfTextRule = (fingerprint: string): boolean => !fingerprint.includes('.');

/** `null` says what no payload says. */
function valueOf(payload: JobDefinition['payload']): string | null {
  const value = payload === null ? 'null' : canonicalJson(payload);
  return value === 'null' ? null : value;
}

type Compared = Omit<JobDefinition, 'payload'> & { readonly payload: string | null };

/**
 * Two requests are the same when they ask for the same job, whether they spell out a default or leave it out. A member that
 * definitions got later counts where it says something, so that what was stored before compares as it did.
 */
function hashOf({ retry, timeouts, tags, ...definition }: Compared): string {
  // No request says which schedule a job is of.
  const { jobType, workKind, queue, priority, payload, executionAt, callback, correlationId, scheduleId, ...later } =
    definition;
  const { maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter } = retry;
  const { executionMs, queueMs, totalMs } = timeouts;
  const content: unknown[] = [
    [jobType, workKind, queue, priority, payload, executionAt, callback, correlationId],
    [maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter],
    [executionMs, queueMs, totalMs],
    Object.entries(tags).sort(byName),
  ];
  const said = Object.entries<unknown>(later).filter(([, value]) => value !== null);
  if (said.length > 0) content.push(said.sort(byName));
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;
