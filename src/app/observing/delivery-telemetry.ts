import type { RecordedDecision } from '../../engine/commands/decision-observer.js';
import type { Metrics } from '../../platform/observability/metrics.js';
import type { Tracing } from '../../platform/observability/tracing.js';
import type { DeliveryAttempted, DeliveryEvent } from '../../webhooks/domain/delivery.events.js';

/** Counts and traces the attempts to deliver events, as they are recorded by this process. */
export class DeliveryTelemetry {
  constructor(
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {}

  recorded({ events, traceparent }: RecordedDecision): void {
    for (const event of events as readonly DeliveryEvent[])
      if (event.type === 'DeliveryAttempted') this.attempted(event.data, traceparent);
      else if (event.type === 'DeliveryExhausted') this.metrics.add('webhook_deliveries_exhausted_total');
  }

  private attempted(attempt: DeliveryAttempted['data'], traceparent: string | null): void {
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
