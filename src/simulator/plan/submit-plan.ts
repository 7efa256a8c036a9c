import { type SubmitRequest } from '../../sdk/model.js';
import { callbackUrl } from '../receivers/callback-url.js';
import { targetUrl as urlOfTarget } from '../receivers/target-url.js';
import { arrivalsIn } from './arrivals.js';
import { narrowQueue, ownQueueOf } from './catalog-mix.js';
import { type MalformedSubmit, malformedSubmits } from './malformed-submits.js';
import { type Profile } from './profiles.js';
import { Random } from './random.js';
import { type Span, type WorkItem } from './work-item.js';

/** One thing that a client will send, decided before anything is sent: what is answered changes nothing of it. */
export type PlannedSubmit = PlannedJob | { readonly atMs: number; readonly malformed: MalformedSubmit };

export interface PlannedJob {
  readonly atMs: number;
  readonly key: string;
  /** Its instants are relative: what is due is made at the moment of its submit. */
  readonly request: SubmitRequest;
  readonly delayMs: number | null;
  /** Submitted again so soon after, under a key; with another priority it is another request. */
  readonly again: { readonly key: string; readonly afterMs: number; readonly isOther: boolean } | null;
  /** Reads it as soon as its submit is answered. */
  readonly isReadBack: boolean;
  readonly cancelAfterMs: number | null;
  readonly retryAfterMs: number | null;
}

export interface PlanOptions {
  readonly profile: Profile;
  readonly seed: number;
  readonly clientIndex: number;
  readonly forMs: number;
  /** Where the target of HTTP_REQUEST jobs listens, and who waits for callbacks. */
  readonly targetUrl: string;
}

/** Of the jobs. */
const readBackShare = 0.2;

/** Everything that one client sends, in order. */
export function* submitPlan({ profile, seed, clientIndex, forMs, targetUrl }: PlanOptions): Generator<PlannedSubmit> {
  const random = new Random(seed, `submits of client ${clientIndex}`);
  // The moments are drawn apart, so that another mix does not move them.
  const moments = new Random(seed, `arrivals at client ${clientIndex}`);
  const callbacks = callbacksOf('submits', { profile, seed, clientIndex, targetUrl });
  const priorities = prioritiesOf('submits', { seed, clientIndex });
  const arrivals = clientIndex === 0 ? (profile.noisyArrivals ?? profile.arrivals) : profile.arrivals;
  let count = 0;
  for (const atMs of arrivalsIn(forMs, arrivals, moments)) {
    if (random.happens(profile.malformedPerThousand / 1_000)) {
      yield { atMs, malformed: random.weighted(malformedSubmits) };
    }
    count += 1;
    yield planned(
      { item: random.weighted(profile.mix), atMs, key: `s${seed}-c${clientIndex}-${count}`, count },
      random,
    );
  }

  function planned(drawn: { item: WorkItem; atMs: number; key: string; count: number }, draw: Random): PlannedJob {
    const { item, atMs, key } = drawn;
    const awaitsCancel = item.cancelAfterMs !== undefined;
    return {
      atMs,
      key,
      request: {
        ...requestOf(item, { ...drawn, clientIndex, targetUrl, awaitsCancel }, draw),
        ...callbacks(key),
        ...priorities(),
      },
      delayMs: drawnOrNull(item.delayMs, draw),
      again: againOf(item, key, draw),
      isReadBack: draw.happens(readBackShare),
      cancelAfterMs: drawnOrNull(item.cancelAfterMs, draw),
      retryAfterMs: drawnOrNull(item.retryAfterMs, draw),
    };
  }
}

/** Which jobs name a callback: drawn apart, so that it moves nothing else of a plan. */
export function callbacksOf(
  what: string,
  { profile, seed, clientIndex, targetUrl }: Omit<PlanOptions, 'forMs'>,
): (key: string) => Pick<SubmitRequest, 'callback'> {
  const random = new Random(seed, `callbacks of ${what} of client ${clientIndex}`);
  return (key) => (random.happens(profile.callbackShare) ? { callback: callbackUrl(targetUrl, clientIndex, key) } : {});
}

/** So many jobs go before the others, and as many after them. */
const rankedShare = 0.1;

/** Which jobs are worth more or less than others: drawn apart, too. */
export function prioritiesOf(
  what: string,
  { seed, clientIndex }: Pick<PlanOptions, 'seed' | 'clientIndex'>,
): () => Pick<SubmitRequest, 'priority'> {
  const random = new Random(seed, `priorities of ${what} of client ${clientIndex}`);
  return () => {
    const drawn = random.next();
    if (drawn < rankedShare) return { priority: 2 };
    return drawn < 2 * rankedShare ? { priority: 8 } : {};
  };
}

export const drawnOrNull = (span: Span | undefined, random: Random): number | null =>
  span === undefined ? null : random.between(...span);

function againOf({ again }: WorkItem, key: string, random: Random): PlannedJob['again'] {
  if (again === undefined) return null;
  const afterMs = random.between(0, 300);
  return { key: again === 'different key' ? `${key}-again` : key, afterMs, isOther: again === 'another request' };
}

interface Submitted extends Pick<PlanOptions, 'clientIndex' | 'targetUrl'> {
  /** Of the submits of its client. */
  readonly count: number;
  readonly key: string;
  /** It will be cancelled, and one of our own workers is to run it until it is told so. */
  readonly awaitsCancel?: boolean;
}

export function requestOf(
  item: WorkItem,
  { count, key, clientIndex, targetUrl, awaitsCancel = false }: Submitted,
  random: Random,
): SubmitRequest {
  const { work, retry, timeouts, payloadBytes, delayMs } = item;
  const filler = payloadBytes === undefined ? {} : { filler: 'x'.repeat(Math.max(0, payloadBytes - 100)) };
  const common = {
    ...(retry === undefined ? {} : { retry }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...queueOf(item, count, clientIndex),
    // Every second one belongs to something, which no worker says that it does.
    ...(count % 2 === 0 ? { correlationId: `order-${key}` } : {}),
    tags: { simulated: key },
  };
  const type = delayMs === undefined ? 'EXECUTE' : 'DEFERRED';
  switch (work.by) {
    case 'catalog':
      return { ...common, type, workKind: work.kind, payload: { n: count, ...filler } };
    case 'own workers': {
      const awaited = awaitsCancel ? { awaits_cancel: true } : {};
      const payload = { n: count, work_ms: random.between(...work.workMs), ...awaited, ...filler };
      return { ...common, type, workKind: work.kind, payload, timeouts: timeouts ?? { executionMs: 5_000 } };
    }
    case 'http': {
      const payload = { method: 'GET', url: urlOfTarget(targetUrl, work.path, clientIndex, key) };
      return { ...common, type, workKind: 'HTTP_REQUEST', payload };
    }
    case 'event': {
      const payload = { event_name: work.eventName, data: { n: count } };
      return { ...common, type: 'EMIT_EVENT', payload };
    }
  }
}

/** Of the jobs that name no other queue, one in so many goes to that of its client. */
const ownQueueEvery = 10;

function queueOf({ work, isNarrow }: WorkItem, count: number, clientIndex: number): Pick<SubmitRequest, 'queue'> {
  if (isNarrow === true) return { queue: narrowQueue.name };
  const isForOwn = count % ownQueueEvery === 0 && (work.by === 'catalog' || work.by === 'own workers');
  return isForOwn ? { queue: ownQueueOf(clientIndex) } : {};
}
