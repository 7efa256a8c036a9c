import { type metrics, type tracing } from '@opentelemetry/sdk-node';

export type Env = Readonly<Record<string, string | undefined>>;

type Signal = 'METRICS' | 'TRACES';

/** Whether the standard variables say that a signal is to be sent somewhere. Empty is not set. */
export function isSent(signal: Signal, env: Env): boolean {
  if ((env['OTEL_SDK_DISABLED'] ?? '').trim().toLowerCase() === 'true') return false;
  if ((env[`OTEL_${signal}_EXPORTER`] ?? '').trim().toLowerCase() === 'none') return false;
  const endpoints = [env['OTEL_EXPORTER_OTLP_ENDPOINT'], env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]];
  return endpoints.some((endpoint) => endpoint !== undefined && endpoint.trim() !== '');
}

const protocolOf = (signal: Signal, env: Env): string =>
  (env[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '').trim();

/** Address, headers and time-outs are read from the environment by the exporters themselves; only one is ever loaded. */
export async function metricExporter(env: Env): Promise<metrics.PushMetricExporter> {
  switch (protocolOf('METRICS', env)) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter();
    default:
      return new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter();
  }
}

export async function spanExporter(env: Env): Promise<tracing.SpanExporter> {
  switch (protocolOf('TRACES', env)) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter();
    default:
      return new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter();
  }
}
