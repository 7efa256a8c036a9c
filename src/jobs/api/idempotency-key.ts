import { type FastifyRequest } from 'fastify';
import { type Fault } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/ids/ids.js';
import { idempotencyKey } from './submit-job.request.js';

/** What the header Idempotency-Key says. */
export interface HeaderKey {
  readonly key: string;
  /** With its quotes, as builds took it that knew of none; null where it came without. */
  readonly quoted: string | null;
}

/** A String of RFC 9651, with parameters, which mean nothing here. */
const structured = /^ *"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)" *(?:;.*)?$/;

/** The header may hold the key as it is, or as a string of a structured field: `k` and `"k"` are one key. */
export function headerKeyIn({ headers }: FastifyRequest): HeaderKey | undefined {
  const field = headers['idempotency-key'];
  if (field === undefined) return undefined;
  const text = Array.isArray(field) ? field.join(', ') : field;
  const string = structured.exec(text)?.[1];
  return string === undefined ? { key: text, quoted: null } : { key: string.replace(/\\(["\\])/g, '$1'), quoted: text };
}

/** The key of one item of a batch, for which the header speaks as a whole. */
export const itemKeyOf = ({ key }: HeaderKey, index: number): HeaderKey => ({
  key: derivedId('batch-item-key', key, index),
  quoted: null,
});

export function faultsOfHeaderKey(header: HeaderKey | undefined): readonly Fault[] {
  if (header === undefined || idempotencyKey.test(header.key)) return [];
  return [{ pointer: '', detail: 'the header Idempotency-Key must be 1 to 200 printable ASCII characters' }];
}
