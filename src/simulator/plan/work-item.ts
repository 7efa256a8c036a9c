import { type SubmitRequest } from '../../sdk/model.js';

/** What a submit may ask for: a line of a profile's mix. */
export interface WorkItem {
  /** How often, in relation to the others. */
  readonly weight: number;
  readonly work: Work;
  readonly retry?: SubmitRequest['retry'];
  readonly timeouts?: SubmitRequest['timeouts'];
  /** Puts it into the queue of which few may run at once. */
  readonly isNarrow?: true;
  readonly payloadBytes?: number;
  /** Makes it DEFERRED: due so long after its submit, between the two. */
  readonly delayMs?: Span;
  /** Asks to cancel it so long after its submit. */
  readonly cancelAfterMs?: Span;
  /** Asks for a retry so long after its submit. */
  readonly retryAfterMs?: Span;
  /** Submits it again, under the same key or under another, or another request under the same key. */
  readonly again?: 'same key' | 'different key' | 'another request';
}

export type Work =
  /** Of the catalog, run by the built-in worker. */
  | { readonly by: 'catalog'; readonly kind: string }
  /** Run by the simulator's own workers. */
  | { readonly by: 'own workers'; readonly kind: string; readonly workMs: Span }
  | { readonly by: 'http'; readonly path: TargetPath }
  | { readonly by: 'event'; readonly eventName: string };

/** The answers of the target that HTTP_REQUEST jobs call. */
export type TargetPath = '/target/ok' | '/target/slow' | '/target/unavailable-at-first' | '/target/missing';

export type Span = readonly [least: number, most: number];
