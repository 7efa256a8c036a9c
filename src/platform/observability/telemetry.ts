import { hostname } from 'node:os';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { metrics as sdkMetrics, resources, tracing as sdkTracing } from '@opentelemetry/sdk-node';
import { Metrics } from './metrics.js';
import { type Env, isSent, metricExporter, spanExporter } from './otlp.js';
import { Scrape } from './scrape.js';
import { SdkTracing } from './sdk-tracing.js';
import { noTracing, type Tracing } from './tracing.js';
import { withinOr } from '../async/within.js';

/** What this process measures and traces, and where that goes. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** What `/metrics` answers. */
  readonly scrape: Scrape;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

interface TelemetryOptions {
  /** The standard `OTEL_*` variables. */
  readonly env: Env;
  /** Instead of the exporter that the variables name. */
  readonly spanProcessor?: sdkTracing.SpanProcessor;
}

const scope = 'forgerun';
const closeWithinMs = 3_000;

/** Nothing global is touched, so that several engines can live in one process. */
export async function openTelemetry({ env, spanProcessor }: TelemetryOptions): Promise<Telemetry> {
  const resource = resourceOf();
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const readers: sdkMetrics.IMetricReader[] = [prometheus];
  if (isSent('METRICS', env)) readers.push(await pushingReader(env));
  const meters = new sdkMetrics.MeterProvider({ resource, readers });
  const metrics = new Metrics(meters.getMeter(scope));
  const traces = await openTracing(env, resource, spanProcessor);
  return {
    metrics,
    tracing: traces.tracing,
    scrape: new Scrape(() => {
      metrics.flush();
      return prometheus.collect();
    }),
    async close() {
      metrics.flush();
      // A collector that is away must not hold up the stop.
      const closing = Promise.allSettled([traces.end(), meters.shutdown({ timeoutMillis: closeWithinMs })]);
      await withinOr(closeWithinMs, closing, undefined);
    },
  };
}

async function pushingReader(env: Env): Promise<sdkMetrics.IMetricReader> {
  const exportIntervalMillis = positive(env['OTEL_METRIC_EXPORT_INTERVAL']) ?? 60_000;
  const wanted = positive(env['OTEL_METRIC_EXPORT_TIMEOUT']) ?? 30_000;
  const exporter = await metricExporter(env);
  const exportTimeoutMillis = Math.min(wanted, exportIntervalMillis);
  return new sdkMetrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
}

async function openTracing(
  env: Env,
  resource: resources.Resource,
  given: sdkTracing.SpanProcessor | undefined,
): Promise<{ readonly tracing: Tracing; end(): Promise<void> }> {
  if (given === undefined && !isSent('TRACES', env)) return { tracing: noTracing, end: () => Promise.resolve() };
  const spanProcessors = [given ?? new sdkTracing.BatchSpanProcessor(await spanExporter(env))];
  // The sampler and the limits of spans come from OTEL_TRACES_SAMPLER and the like.
  const provider = new sdkTracing.BasicTracerProvider({ resource, spanProcessors });
  return { tracing: new SdkTracing(provider.getTracer(scope)), end: () => provider.shutdown() };
}

/** Not what the process was started with: a command line may hold a password. */
const resourceOf = (): resources.Resource =>
  resources
    .resourceFromAttributes({ 'service.name': 'forgerun', 'service.instance.id': `${hostname()}:${process.pid}` })
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));

function positive(text: string | undefined): number | null {
  const value = Number(text ?? '');
  return Number.isFinite(value) && value > 0 ? value : null;
}
