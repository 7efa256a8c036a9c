import { type Instant } from './instant.js';

/** What comes of a command that a timer sends. `again`: it was too early, and the timer moves to that instant. */
export type TimerAnswer = 'done' | { readonly again: Instant };
