import { type SubmitRequest } from '../../sdk/model.js';
import { askedDigest } from './definition.js';
import { digestOfValue } from './digest.js';
import { type SubmitRecord } from './records.js';

type Said = Pick<SubmitRecord, 'workKind' | 'payload' | 'definition' | 'dueAt' | 'lateMs'>;

/** What a submit said, as it is written down at the moment of its answer. */
export function saidIn(request: SubmitRequest, answeredAt: number): Said {
  const { workKind = 'EMIT_EVENT', payload, executionAt } = request;
  const dueAt = executionAt === undefined ? null : Date.parse(executionAt);
  return {
    workKind,
    payload: digestOfValue(payload),
    definition: askedDigest(request),
    dueAt,
    lateMs: dueAt === null ? null : Math.round(answeredAt - dueAt),
  };
}
