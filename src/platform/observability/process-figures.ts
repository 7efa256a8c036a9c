import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { type Metrics } from './metrics.js';

/** What the process itself is doing. Answers with what ends the watching. */
export function watchProcess(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const names = [
    'nodejs_eventloop_delay_max_seconds',
    'nodejs_eventloop_utilization_ratio',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'process_start_time_seconds',
  ] as const;
  metrics.read(names, (observe) => {
    const now = performance.eventLoopUtilization();
    // Its clock ticks every 20 ms, and says so even of a loop that nothing held up.
    observe('nodejs_eventloop_delay_max_seconds', Math.max(0, delay.max / 1e9 - 0.02));
    observe('nodejs_eventloop_utilization_ratio', performance.eventLoopUtilization(now, before).utilization);
    delay.reset();
    before = now;
    const { user, system } = process.cpuUsage();
    observe('process_resident_memory_bytes', process.memoryUsage.rss());
    observe('process_cpu_seconds_total', (user + system) / 1e6);
    observe('process_start_time_seconds', performance.timeOrigin / 1000);
  });
  return () => {
    delay.disable();
  };
}
