import { ownKinds, rankedKind } from '../../../plan/catalog-mix.js';
import { type Fault, type History } from '../../history.js';
import { textIn } from '../../jobs-in.js';
import { type Run, type RunInvariant } from '../run-invariant.js';

/** Of calm time, without a lease. */
const minWaitMs = 20_000;
/** So many leases of others meanwhile are many. */
const minOthers = 10;

/** Long enough for a job to be known to whatever grants leases. */
const minRankedMs = 2_000;

export const starved: RunInvariant = {
  name: 'starved',
  promise: `No job waits for ${minWaitMs / 1_000} s while ${minOthers} younger ones of its queue are leased, or for ${minRankedMs / 1_000} s and is passed over for one that came later and is worth no more, and no client while others have ${minOthers} leases of the worker that all share.`,

  casesIn: ({ histories, calm }: Run): number =>
    histories.reduce(
      (sum, history) =>
        sum +
        waitsIn(history).filter(({ queuedAt }) => calm.msBetween(queuedAt, queuedAt + minWaitMs) === minWaitMs).length,
      0,
    ),

  *faultsIn(run: Run): Iterable<Fault> {
    const waits = run.histories.map(waitsIn);
    for (const ofClient of waits) yield* [...overtaken(ofClient, run), ...passedOverInLine(ofClient, run)];
    for (const [index, ofClient] of waits.entries()) {
      const { clientId } = run.histories[index] ?? { clientId: '' };
      const others = waits.flatMap((each, place) => (place === index ? [] : each)).filter(({ isShared }) => isShared);
      yield* passedOver(
        clientId,
        ofClient.filter(({ isShared }) => isShared),
        others,
        run,
      );
    }
  },
};

/** A job from when it was queued to when it was leased. */
interface Wait {
  readonly jobId: string;
  /** Jobs of one line are leased in their order. */
  readonly line: string;
  readonly priority: number;
  /** Whether it waits for the worker that all clients share. */
  readonly isShared: boolean;
  readonly queuedAt: number;
  /** In the order of the log. */
  readonly queuedPlace: number;
  /** Where the log ends for one that was never leased. */
  readonly leasedAt: number;
  readonly leasedPlace: number;
  readonly isLeased: boolean;
}

type Waiting = Omit<Wait, 'leasedAt' | 'leasedPlace' | 'isLeased'>;

/** What ends a wait without a lease. */
const endsWait: ReadonlySet<string> = new Set(['JobCanceled', 'JobErased']);

function waitsIn({ events, readAt }: History): readonly Wait[] {
  const waiting = new Map<string, Waiting>();
  const waits: Wait[] = [];
  for (const [place, event] of events.entries()) {
    const { jobId, name, at, data } = event;
    if (name === 'JobQueued') {
      const kind = textIn(event, 'work_kind') ?? '';
      const isShared = /^[A-Z]/.test(kind);
      // The simulator's workers ask for all of its kinds at once.
      const line = `${textIn(event, 'queue') ?? ''} ${ownKinds.includes(kind) ? 'own' : kind}`;
      const priority = typeof data['priority'] === 'number' ? data['priority'] : 0;
      waiting.set(jobId, { jobId, line, priority, isShared, queuedAt: at, queuedPlace: place });
    }
    const wait = waiting.get(jobId);
    if (wait === undefined) continue;
    if (name === 'JobAssigned') waits.push({ ...wait, leasedAt: at, leasedPlace: place, isLeased: true });
    if (name === 'JobAssigned' || endsWait.has(name)) waiting.delete(jobId);
  }
  for (const wait of waiting.values())
    waits.push({ ...wait, leasedAt: readAt, leasedPlace: events.length, isLeased: false });
  return waits;
}

function* overtaken(waits: readonly Wait[], { calm }: Run): Iterable<Fault> {
  for (const wait of waits) {
    const waitedMs = calm.msBetween(wait.queuedAt, wait.leasedAt);
    if (waitedMs < minWaitMs) continue;
    const { jobId, line, priority, queuedPlace, leasedPlace } = wait;
    const younger = waits.filter(
      (other) =>
        other.isLeased &&
        other.line === line &&
        other.priority >= priority &&
        other.queuedPlace > queuedPlace &&
        other.leasedPlace < leasedPlace,
    ).length;
    if (younger >= minOthers)
      yield {
        jobId,
        text: `job ${jobId} waited ${Math.round(waitedMs)} ms in ${line} while ${younger} younger ones were leased`,
      };
  }
}

/**
 * One worker of a client asks for this kind, for one job at a time: it is to be given the first by priority, and of those the first
 * that was queued. Only one that was queued before the other is held against it: where that one is known, so is this one.
 */
function* passedOverInLine(waits: readonly Wait[], { calm }: Run): Iterable<Fault> {
  const ranked = waits.filter(({ line }) => line.endsWith(` ${rankedKind}`));
  for (const given of ranked) {
    const first = ranked.find(
      (wait) =>
        wait.line === given.line &&
        wait.priority <= given.priority &&
        wait.queuedPlace < given.queuedPlace &&
        wait.leasedPlace > given.leasedPlace &&
        calm.msBetween(wait.queuedAt, given.leasedAt) >= minRankedMs &&
        calm.msBetween(wait.queuedAt, given.leasedAt) === given.leasedAt - wait.queuedAt,
    );
    if (given.isLeased && first !== undefined)
      yield {
        jobId: first.jobId,
        text: `job ${first.jobId} of priority ${first.priority} waited since ${new Date(first.queuedAt).toISOString()} when ${given.jobId} of priority ${given.priority}, which came later, was leased`,
      };
  }
}

/** Times in which a client had something to do and was given nothing. */
function* passedOver(clientId: string, own: readonly Wait[], others: readonly Wait[], { calm }: Run): Iterable<Fault> {
  const grants = own.filter(({ isLeased }) => isLeased).map(({ leasedAt }) => leasedAt);
  const seen = new Set<number>();
  for (const { jobId, queuedAt, leasedAt } of own) {
    if (calm.msBetween(queuedAt, leasedAt) < minWaitMs) continue;
    const fromAt = grants.reduce((last, at) => (at < leasedAt ? Math.max(last, at) : last), queuedAt);
    const waitedMs = calm.msBetween(fromAt, leasedAt);
    if (waitedMs < minWaitMs || seen.has(fromAt)) continue;
    seen.add(fromAt);
    const count = others.filter(
      (other) => other.isLeased && other.leasedAt > fromAt && other.leasedAt < leasedAt,
    ).length;
    if (count >= minOthers)
      yield {
        jobId,
        text: `client ${clientId} was given nothing for ${Math.round(waitedMs)} ms while others had ${count} leases`,
      };
  }
}
