import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/json-value.js';
import { type JobDefinition } from '../domain/job.commands.js';

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

type Compared = Omit<JobDefinition, 'payload' | 'scheduleId'> & { readonly payload: string | null };

/** Two requests are the same when they ask for the same job, whether they spell out a default or leave it out. */
function hashOf({ retry, timeouts, tags, ...definition }: Compared): string {
  const { jobType, workKind, queue, priority, payload, executionAt, callback, correlationId } = definition;
  const { maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter } = retry;
  const { executionMs, queueMs, totalMs } = timeouts;
  const content = [
    [jobType, workKind, queue, priority, payload, executionAt, callback, correlationId],
    [maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter],
    [executionMs, queueMs, totalMs],
    Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
