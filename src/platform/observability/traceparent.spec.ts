import { describe, expect, it } from '@jest/globals';
import { isSampled, spanContextOf, traceIdsOf, traceparentOfSpan } from './traceparent.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a traceparent', () => {
  it('is taken apart and put together again', () => {
    const context = spanContextOf(traceparent);
    if (context === null) throw new Error('it was not read');
    expect(traceparentOfSpan(context)).toBe(traceparent);
    expect(isSampled(context)).toBe(true);
    expect(isSampled({ ...context, traceFlags: 2 })).toBe(false);
  });

  it('is nothing when it is not one', () => {
    expect(spanContextOf(null)).toBeNull();
    expect(spanContextOf('00-nonsense')).toBeNull();
    expect(traceIdsOf(null)).toEqual({ trace_id: null, span_id: null });
  });
});
