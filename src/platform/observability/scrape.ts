import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { type metrics } from '@opentelemetry/sdk-node';
import { metricCatalog, type MetricSpec } from './metric-catalog.js';

/** The media type of Prometheus' text. */
export const scrapeType = 'text/plain; version=0.0.4; charset=utf-8';

const nameByOtel = new Map(
  Object.entries<MetricSpec>(metricCatalog).map(([name, { otel = name }]) => [otel, name] as const),
);

/** Everything measured, as Prometheus reads it. Those who ask at the same time get the same answer. */
export class Scrape {
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  #running: Promise<string> | null = null;

  constructor(private readonly collect: () => Promise<metrics.CollectionResult>) {}

  text(): Promise<string> {
    this.#running ??= this.#collected().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #collected(): Promise<string> {
    // A figure that could not be read is left out; what could be is worth showing all the more.
    const { resourceMetrics } = await this.collect();
    return this.#serializer.serialize(renamed(resourceMetrics));
  }
}

const renamed = (collected: metrics.ResourceMetrics): metrics.ResourceMetrics => ({
  ...collected,
  scopeMetrics: collected.scopeMetrics.map((each) => ({ ...each, metrics: each.metrics.map(named) })),
});

function named(metric: metrics.MetricData): metrics.MetricData {
  const { descriptor } = metric;
  // The line about the unit belongs to OpenMetrics, which this is not.
  return {
    ...metric,
    descriptor: { ...descriptor, name: nameByOtel.get(descriptor.name) ?? descriptor.name, unit: '' },
  };
}
