import type { Log } from '../platform/observability/log.js';

/** Closes what was opened, last first. One part that fails to close does not keep the others open. */
export class Stopping {
  private readonly parts: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly log: Log) {}

  add(name: string, stop: () => Promise<unknown>): void {
    this.parts.push({ name, stop });
  }

  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private async stopAll(): Promise<void> {
    for (const { name, stop } of this.parts.reverse()) {
      const began = performance.now();
      try {
        await stop();
        this.log.debug({ action: 'stopped', part: name, duration_ms: Math.round(performance.now() - began) });
      } catch (error) {
        this.log.error({ action: 'stop_failed', part: name, err: error });
      }
    }
  }
}
