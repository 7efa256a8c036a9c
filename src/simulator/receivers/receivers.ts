/** How a receiver of webhooks behaves. */
export interface Receiver {
  /** Whether every event reaches it in the end. Of the others it is counted what came. */
  readonly isHealthy: boolean;
  /** What it registers for. */
  readonly events: readonly string[];
  readonly answer: Answer;
}

export type Answer =
  | { readonly kind: 'at once' }
  | { readonly kind: 'late'; readonly afterMs: number }
  | { readonly kind: 'error'; readonly status: number }
  /** Takes the request and says nothing. */
  | { readonly kind: 'never' }
  /** A good status at once, and a body that comes byte by byte. */
  | { readonly kind: 'dripping'; readonly everyMs: number; readonly bytes: number }
  /** Refuses the first request of every so-manieth delivery. */
  | { readonly kind: 'flapping'; readonly everyNth: number };

export const receivers = {
  fast: { isHealthy: true, events: ['job.*', 'order.*'], answer: { kind: 'at once' } },
  slow: { isHealthy: true, events: ['job.succeeded'], answer: { kind: 'late', afterMs: 100 } },
  dripping: { isHealthy: true, events: ['job.failed'], answer: { kind: 'dripping', everyMs: 50, bytes: 10 } },
  flapping: { isHealthy: true, events: ['job.canceled', 'order.*'], answer: { kind: 'flapping', everyNth: 3 } },
  failing: { isHealthy: false, events: ['job.succeeded'], answer: { kind: 'error', status: 503 } },
  silent: { isHealthy: false, events: ['job.canceled'], answer: { kind: 'never' } },
  /** Not registered: jobs name it as their callback. */
  callback: { isHealthy: true, events: [], answer: { kind: 'flapping', everyNth: 4 } },
} as const satisfies Readonly<Record<string, Receiver>>;

export type ReceiverName = keyof typeof receivers;

const others = Object.keys(receivers).filter((name): name is ReceiverName => name !== 'fast' && name !== 'callback');

/** Those of one client: the fast one, and two of the others, so that a few clients have all of them. */
export const receiversOf = (clientIndex: number): readonly ReceiverName[] => [
  'fast',
  ...[0, 3].flatMap((step) => others[(clientIndex * 2 + step) % others.length] ?? []),
];
