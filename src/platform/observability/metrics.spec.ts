import { describe, expect, it } from '@jest/globals';
import { LabelCap } from './label-cap.js';
import { openTelemetry } from './telemetry.js';

describe('a label', () => {
  it('has so many values and then only one more', () => {
    const cap = new LabelCap(2, ['default']);
    expect(['a', 'default', 'b', 'c', 'a', 'd'].map((value) => cap.of(value))).toEqual([
      ...['a', 'default', 'b', 'other', 'a', 'other'],
    ]);
  });

  it('cannot break out of its line', async () => {
    const telemetry = await openTelemetry({ env: {} });
    const name = 'a"} 7\njobs_failed_total{x="\\';
    telemetry.metrics.add('jobs_submitted_total', { queue: telemetry.metrics.queue(name), work_kind: 'k' });
    const text = await telemetry.scrape.text();
    await telemetry.close();
    expect(text).toContain('jobs_submitted_total{queue="a\\"} 7\\njobs_failed_total{x=\\"\\\\",work_kind="k"} 1');
  });
});

describe('telemetry', () => {
  it('leaves a figure out that cannot be read, and shows all others', async () => {
    const telemetry = await openTelemetry({ env: {} });
    telemetry.metrics.read(['workers_live'], () => Promise.reject(new Error('away')));
    telemetry.metrics.read(['http_server_active_requests'], (say) => {
      say('http_server_active_requests', 3);
    });
    const text = await telemetry.scrape.text();
    await telemetry.close();
    expect(text).not.toContain('workers_live');
    expect(text).toContain('http_server_active_requests 3');
  });

  it('traces nothing unless it is told where to', async () => {
    const telemetry = await openTelemetry({ env: {} });
    expect(telemetry.tracing.isOn).toBe(false);
    expect(telemetry.tracing.begin('x', 'server', null, {})).toBeNull();
    await telemetry.close();
    const off = await openTelemetry({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    });
    expect(off.tracing.isOn).toBe(false);
    await off.close();
  });
});
