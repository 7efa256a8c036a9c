import { type SpanContext } from '@opentelemetry/api';

const shape = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** A W3C traceparent taken apart; null for none, or for one that is not well-formed. */
export function spanContextOf(traceparent: string | null): SpanContext | null {
  if (traceparent === null) return null;
  const [, traceId, spanId, flags] = shape.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
}

export const traceparentOfSpan = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** Whether a caller decided that this trace is to be kept. */
export const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & 1) === 1;

/** The ids as log lines hold them. */
export function traceIdsOf(traceparent: string | null): { trace_id: string | null; span_id: string | null } {
  const context = spanContextOf(traceparent);
  return { trace_id: context?.traceId ?? null, span_id: context?.spanId ?? null };
}
