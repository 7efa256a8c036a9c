/**
 * Options that make a run short and let it see what many faults break. By this seed some of the rarer things happen in it: workers
 * that complete too late or crash before the start, another request under a key, malformed submits of most sorts.
 */
export const brief = '--minutes 0.25 --clients 3 --seed 128';

/** For longer than a new secret of a webhook may take until it signs. */
export const longer = '--minutes 0.6 --clients 2';

/** Many jobs at once, beyond the time in which the limit of a queue may not be held yet. */
export const crowded = '--profile bursts --minutes 0.45';

/** For longer than an append is sent again its outcome is not known. */
export const cutOff = '--minutes 0.35 --clients 3 --chaos cut@1+8,cut@11+8';
