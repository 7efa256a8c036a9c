import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { scrubbed } from './scrub.js';
import { isSampled, spanContextOf, traceparentOfSpan } from './traceparent.js';
import { type LiveSpan, type PastSpan, type SpanAttributes, type SpanKindName, Tracing } from './tracing.js';

const kinds: Readonly<Record<SpanKindName, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Spans through the OpenTelemetry SDK. Parents are named, never found in the surroundings of a call: that is slow. */
export class SdkTracing extends Tracing {
  readonly isOn = true;

  constructor(private readonly tracer: Tracer) {
    super();
  }

  record({
    name,
    kind = 'internal',
    parent,
    startAt,
    endAt,
    attributes = {},
    links = [],
    error,
  }: PastSpan): string | null {
    const under = spanContextOf(parent);
    // What was not sampled at its root stays out, without asking the sampler.
    if (under !== null && !isSampled(under)) return null;
    const options = { kind: kinds[kind], startTime: startAt, attributes, links: links.flatMap(linkTo) };
    const span = this.tracer.startSpan(name, options, contextOf(parent));
    fail(span, error ?? null);
    span.end(Math.max(startAt, endAt));
    return traceparentOfSpan(span.spanContext());
  }

  begin(name: string, kind: SpanKindName, parent: string | null, attributes: SpanAttributes): LiveSpan {
    const span = this.tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(parent));
    return {
      traceparent: traceparentOfSpan(span.spanContext()),
      end(more, error) {
        span.setAttributes(more);
        fail(span, error);
        span.end();
      },
    };
  }
}

function contextOf(traceparent: string | null): Context {
  const parent = spanContextOf(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function linkTo(traceparent: string | null): Link[] {
  const context = spanContextOf(traceparent);
  return context === null ? [] : [{ context }];
}

function fail(span: Span, error: string | null): void {
  if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: scrubbed(error) });
}
