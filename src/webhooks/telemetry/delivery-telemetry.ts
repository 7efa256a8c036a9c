import { type Decision, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { type StreamTelemetry } from '../../engine/telemetry/command-telemetry.js';
import { type StreamLog } from '../../engine/telemetry/stream-log.js';
import { type Metrics } from '../../platform/observability/metrics.js';
import { type Tracing } from '../../platform/observability/tracing.js';
import { type DeliveryAttempted, type DeliveryEvent } from '../domain/delivery.events.js';
import { deliveryStream } from '../domain/webhook.stream.js';

/** Counts and traces the attempts to deliver events, as they are recorded by this process. */
export class DeliveryTelemetry implements StreamTelemetry {
  readonly category = deliveryStream.category;

  constructor(
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
    private readonly lines: StreamLog,
  ) {}

  recorded(decision: RecordedDecision): void {
    const { events, traceparent } = decision;
    this.lines.recorded(decision);
    for (const event of events as readonly DeliveryEvent[])
      if (event.type === 'DeliveryAttempted') this.#attempted(event.data, traceparent);
      else if (event.type === 'DeliveryExhausted') this.metrics.add('webhook_deliveries_exhausted_total');
  }

  failed(decision: Decision, error: Error): void {
    this.lines.failed(decision, error);
  }

  #attempted(attempt: DeliveryAttempted['data'], traceparent: string | null): void {
    const { failure: reason } = attempt;
    this.metrics.add('webhook_deliveries_total', { outcome: reason === null ? 'delivered' : 'failed' });
    if (reason !== null) this.metrics.add('webhook_failures_total', { reason });
    if (!this.tracing.isOn || traceparent === null) return;
    const { at, durationMs, status, deliveryId } = attempt;
    this.tracing.record({
      name: 'webhook deliver',
      kind: 'client',
      parent: traceparent,
      startAt: at,
      endAt: at + durationMs,
      attributes: {
        'forgerun.delivery.id': deliveryId,
        'forgerun.delivery.attempt': attempt.attempt,
        ...(status === null ? {} : { 'http.response.status_code': status }),
        ...(reason === null ? {} : { 'error.type': reason }),
      },
      error: reason,
    });
  }
}
