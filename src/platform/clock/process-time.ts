import { after, every, type Timer } from './timer.js';

/**
 * Acts once this process has had so much time, and not merely when so much has gone by: a process that was stopped, or
 * that a busy machine starves, finds its timers due before it has read what was sent to it meanwhile. Answers with what
 * takes it back.
 */
export function afterProcessTime(ms: number, act: () => void, tickMs = 500): () => void {
  let leftMs = ms;
  const step = (): Timer =>
    after(Math.min(leftMs, tickMs), () => {
      leftMs -= tickMs;
      if (leftMs > 0) timer = step();
      else act();
    }).unref();
  let timer = step();
  return () => {
    timer.cancel();
  };
}

/**
 * Measures how much time this process has had while the clock ran. Where timers come late, because the process was
 * stopped or starved, it goes on by one tick at most.
 */
export class ProcessClock {
  #hadMs = 0;
  #tickedAt = 0;
  #ticks: Timer | null = null;

  constructor(private readonly tickMs = 250) {}

  nowMs(): number {
    return this.#ticks === null ? this.#hadMs : this.#hadMs + this.#sinceTickMs();
  }

  run(): void {
    if (this.#ticks !== null) return;
    this.#tickedAt = performance.now();
    this.#ticks = every(this.tickMs, () => {
      this.#tick();
    }).unref();
  }

  stand(): void {
    if (this.#ticks === null) return;
    this.#tick();
    this.#ticks.cancel();
    this.#ticks = null;
  }

  #tick(): void {
    this.#hadMs += this.#sinceTickMs();
    this.#tickedAt = performance.now();
  }

  #sinceTickMs(): number {
    return Math.min(this.tickMs, performance.now() - this.#tickedAt);
  }
}
