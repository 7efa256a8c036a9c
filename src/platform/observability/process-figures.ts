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
  metrics.read(names, (say) => {
    const now = performance.eventLoopUtilization();
    // Its clock ticks every 20 ms, and says so even of a loop that nothing held up.
    say('nodejs_eventloop_delay_max_seconds', Math.max(0, delay.max / 1e9 - 0.02));
    say('nodejs_eventloop_utilization_ratio', performance.eventLoopUtilization(now, before).utilization);
    delay.reset();
    before = now;
    const { user, system } = process.cpuUsage();
    say('process_resident_memory_bytes', process.memoryUsage.rss());
    say('process_cpu_seconds_total', (user + system) / 1e6);
    say('process_start_time_seconds', performance.timeOrigin / 1000);
  });
  return () => {
    delay.disable();
  };
}
