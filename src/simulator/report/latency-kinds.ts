import { type Distribution } from './percentiles.js';

export const latencyKinds = ['submit', 'queue_wait', 'run', 'webhook', 'end_to_end', 'lateness'] as const;

export type LatencyKind = (typeof latencyKinds)[number];

export type Latencies = Readonly<Record<LatencyKind, Distribution | null>>;

/** What each one is measured from, and to. */
export const latencyTexts: Readonly<Record<LatencyKind, string>> = {
  submit: 'submit: request to answer',
  queue_wait: 'queue wait: queued to leased',
  run: 'run: start to end of an attempt',
  webhook: 'webhook: event to first request',
  end_to_end: 'end to end: due to final outcome',
  lateness: 'lateness: due to queued',
};
