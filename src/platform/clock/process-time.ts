import { after, type Timer } from './timer.js';

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
