import { describe, expect, it } from '@jest/globals';
import { LabelCap } from './label-cap.js';
import { openTelemetry } from './telemetry.js';

describe('a label', () => {
  it('has so many values and then only one more', () => {
    const cap = new LabelCap({ maxPerClient: 2, maxValues: 10, reserve: 1, maxReserves: 10 }, ['default']);
    expect(['a', 'default', 'b', 'c', 'a', 'd'].map((value) => cap.of('one', value))).toEqual([
      ...['a', 'default', 'b', 'other', 'a', 'other'],
    ]);
  });

  it('has room for the names of every client, however many another one has', () => {
    const cap = new LabelCap({ maxPerClient: 50, maxValues: 100, reserve: 5, maxReserves: 10 });
    for (const client of ['noisy', 'second', 'third'])
      for (let at = 0; at < 1_000; at += 1) cap.of(client, `${client}-${at}`);
    expect([cap.of('third', 'third-4'), cap.of('third', 'third-5')]).toEqual(['third-4', 'other']);
    expect(cap.of('victim', 'orders')).toBe('orders');
  });

  it('cannot break out of its line', async () => {
    const telemetry = await openTelemetry({ env: {} });
    const name = 'a"} 7\njobs_failed_total{x="\\';
    telemetry.metrics.add('jobs_submitted_total', { queue: telemetry.metrics.queue('c1', name), work_kind: 'k' });
    const text = await telemetry.scrape.text();
    await telemetry.close();
    expect(text).toContain('jobs_submitted_total{queue="a\\"} 7\\njobs_failed_total{x=\\"\\\\",work_kind="k"} 1');
  });
});

describe('a histogram', () => {
  it('counts a value under every bound that it does not pass, by labels and not by who holds them', async () => {
    const telemetry = await openTelemetry({ env: {} });
    const record = (seconds: number): void => {
      telemetry.metrics.record('job_queue_wait_seconds', seconds, { work_kind: 'k' });
    };
    for (const seconds of [0.05, 0.05, 0.051, 1e9]) record(seconds);
    await new Promise((resolve) => setImmediate(resolve));
    record(0.1);
    telemetry.metrics.record('job_queue_wait_seconds', 7, { work_kind: 'other' });
    const text = await telemetry.scrape.text();
    await telemetry.close();
    const lines = text.split('\n').filter((line) => line.startsWith('job_queue_wait_seconds'));
    const valueOf = (name: string): number => Number(lines.find((line) => line.startsWith(name))?.split(' ')[1]);
    const under = (bound: string): number => valueOf(`job_queue_wait_seconds_bucket{work_kind="k",le="${bound}"}`);
    expect(['0.025', '0.05', '0.1', '1', '+Inf'].map(under)).toEqual([0, 2, 4, 4, 5]);
    expect(valueOf('job_queue_wait_seconds_count{work_kind="k"}')).toBe(5);
    expect(valueOf('job_queue_wait_seconds_sum{work_kind="k"}')).toBeCloseTo(1e9 + 0.251, 3);
    expect(valueOf('job_queue_wait_seconds_count{work_kind="other"}')).toBe(1);
  });
});

describe('telemetry', () => {
  it('leaves a figure out that cannot be read, and shows all others', async () => {
    const telemetry = await openTelemetry({ env: {} });
    telemetry.metrics.read(['workers_live'], () => Promise.reject(new Error('away')));
    telemetry.metrics.read(['http_server_active_requests'], (observe) => {
      observe('http_server_active_requests', 3);
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
