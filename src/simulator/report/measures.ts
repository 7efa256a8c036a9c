import { type History, type HistoryEvent } from '../judge/history.js';
import { createdIn, instantIn, jobsIn, textIn } from '../judge/jobs-in.js';
import { type Recovered } from '../judge/recovered.js';
import { mayBeTooLate } from '../judge/too-late.js';
import { rankedKind } from '../plan/catalog-mix.js';
import { callsIn, isLimit } from './calls-in.js';
import { type Latencies, type LatencyKind } from './latency-kinds.js';
import { type Distribution, distributionOf } from './percentiles.js';
import { type MemorySample } from '../target/memory-watch.js';
import { type Recovery } from './recovery.js';
import { isFinal } from './final-event.js';

interface ClientMeasures {
  readonly clientId: string;
  readonly isNoisy: boolean;
  readonly submits: number;
  readonly finished: number;
  /** Of the kinds that all clients share the engine's own worker for. */
  readonly queueWait: Distribution | null;
  readonly endToEnd: Distribution | null;
}

interface KindMeasures {
  readonly workKind: string;
  readonly jobs: number;
  readonly run: Distribution | null;
  readonly endToEnd: Distribution | null;
}

export interface Measures {
  readonly trafficMs: number;
  /** What came within the traffic: what its drain brings does not tell how fast anything is. */
  readonly inTraffic: Readonly<Record<'jobsFinished' | 'webhookRequests', number>>;
  readonly counts: Readonly<
    Record<
      | 'submits_total'
      | 'jobs_total'
      | 'jobs_finished_total'
      | 'calls_total'
      | 'errors_total'
      | 'recovered_total'
      | 'limits_hit_total'
      | 'repeats_total'
      | 'malformed_total'
      | 'retries_total'
      | 'completions_refused_total'
      | 'webhook_requests_total'
      | 'drain_ms'
      | 'broken_promises_total'
      | 'unexercised_promises_total'
      | 'faults_total'
      | 'engines_ended_total',
      number
    >
  >;
  /** Of the well-formed submits; null where there was none. */
  readonly submitsTakenShare: number | null;
  /** Null where nothing went wrong, or where memory cannot be seen. */
  readonly maxima: Readonly<Record<'recovery_max_ms' | 'outage_max_ms' | 'engine_memory_max_mib', number | null>>;
  readonly latencies: Latencies;
  readonly clients: readonly ClientMeasures[];
  readonly kinds: readonly KindMeasures[];
}

interface Measured {
  readonly histories: readonly History[];
  /** Clients that make more noise than their share on purpose. */
  readonly noisyClientIds: readonly string[];
  /** From the beginning of the run to that of the traffic. */
  readonly trafficFromMs: number;
  readonly trafficMs: number;
  readonly drainMs: number;
  readonly brokenPromises: number;
  readonly unexercisedPromises: number;
  readonly recoveries: readonly Recovery[];
  readonly recovered: readonly Recovered[];
  readonly ended: readonly unknown[];
  readonly memory: ReadonlyMap<string, readonly MemorySample[]>;
  /** When the run began, in ms since the epoch. */
  readonly beganAt: number;
}

/** Makes figures of what was seen. */
export function measuresOf(measured: Measured): Measures {
  const { histories, noisyClientIds, trafficFromMs, trafficMs, drainMs, beganAt } = measured;
  const { brokenPromises, unexercisedPromises, recoveries, recovered, ended, memory } = measured;
  const all = <Item>(of: (history: History) => readonly Item[]): readonly Item[] => histories.flatMap(of);
  const jobs = all(({ events }) => [...jobsIn(events).values()]);
  const served = servedOf(jobs);
  const calls = all(callsIn);
  const submits = all((history) => history.submits);
  const received = all((history) => history.received);
  const trafficEndMs = trafficFromMs + trafficMs;
  return {
    trafficMs,
    inTraffic: {
      jobsFinished: jobs.filter((events) =>
        events.some((event) => isFinal(event) && event.at - beganAt <= trafficEndMs),
      ).length,
      webhookRequests: received.filter(({ atMs }) => atMs <= trafficEndMs).length,
    },
    counts: {
      submits_total: submits.length,
      jobs_total: jobs.length,
      jobs_finished_total: jobs.filter((events) => events.some(isFinal)).length,
      calls_total: calls.length,
      limits_hit_total: calls.filter(isLimit).length,
      errors_total: calls.filter(({ outcome }) => outcome === 'unknown').length,
      recovered_total: recovered.reduce((sum, { inLog }) => sum + inLog, 0),
      repeats_total: submits.filter(({ replayed }) => replayed).length,
      malformed_total: all(({ malformed }) => malformed).length,
      retries_total: jobs.flat().filter(({ name, attempt }) => name === 'JobQueued' && (attempt ?? 1) > 1).length,
      completions_refused_total: all(({ ends }) => ends).filter(({ outcome }) => outcome === 'refused').length,
      webhook_requests_total: received.length,
      drain_ms: drainMs,
      broken_promises_total: brokenPromises,
      unexercised_promises_total: unexercisedPromises,
      faults_total: recoveries.length,
      engines_ended_total: ended.length,
    },
    submitsTakenShare: takenShareOf(submits),
    maxima: {
      // One that it never recovered from has no figure, which misses every threshold.
      recovery_max_ms: recoveries.some(({ recoveryMs }) => recoveryMs === null)
        ? null
        : largest(recoveries.map(({ recoveryMs }) => recoveryMs ?? 0)),
      outage_max_ms: largest(recoveries.map(({ outageMs }) => outageMs)),
      engine_memory_max_mib: largest([...memory.values()].flat().map(({ mib }) => mib)),
    },
    latencies: {
      // A batch takes its time for all of its jobs.
      submit: distributionOf(
        submits.filter(({ outcome, inBatch }) => outcome === 'ok' && inBatch === null).map(({ tookMs }) => tookMs),
      ),
      queue_wait: spread(served, queueWaits),
      run: spread(jobs, runs),
      webhook: distributionOf(histories.flatMap((history) => webhookLatencies(history, beganAt))),
      end_to_end: spread(served, endToEnd),
      lateness: spread(jobs, lateness),
    } satisfies Record<LatencyKind, Distribution | null>,
    clients: histories.map((history) => clientMeasures(history, noisyClientIds)),
    kinds: kindMeasures(jobs),
  };
}

/** Without those that are not to be taken: of two requests under one key one, and those that came after their time. */
function takenShareOf(submits: History['submits']): number | null {
  // The share is held to nothing where clocks are set.
  const owed = submits.filter((each) => each.status !== 409 && !(each.status === 400 && mayBeTooLate(each, [])));
  return owed.length === 0 ? null : owed.filter(({ outcome }) => outcome === 'ok').length / owed.length;
}

/** Null where there is none. */
const largest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));

type JobEvents = readonly HistoryEvent[];

const spread = (jobs: readonly JobEvents[], of: (events: JobEvents) => readonly number[]): Distribution | null =>
  distributionOf(jobs.flatMap(of));

function clientMeasures({ clientId, events, submits }: History, noisy: readonly string[]): ClientMeasures {
  const jobs = [...jobsIn(events).values()];
  const shared = jobs.filter((each) => /^[A-Z]/.test(workKindOf(each)));
  return {
    clientId,
    isNoisy: noisy.includes(clientId),
    submits: submits.length,
    finished: jobs.filter((each) => each.some(isFinal)).length,
    queueWait: spread(shared, queueWaits),
    endToEnd: spread(servedOf(jobs), endToEnd),
  };
}

/** Without those that wait because their worker rests. */
const servedOf = (jobs: readonly JobEvents[]): readonly JobEvents[] =>
  jobs.filter((each) => workKindOf(each) !== rankedKind);

function kindMeasures(jobs: readonly JobEvents[]): readonly KindMeasures[] {
  const byKind = new Map<string, JobEvents[]>();
  for (const events of jobs) {
    const kind = workKindOf(events);
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [events]);
    else known.push(events);
  }
  return [...byKind]
    .map(([workKind, ofKind]) => ({
      workKind,
      jobs: ofKind.length,
      run: spread(ofKind, runs),
      endToEnd: spread(ofKind, endToEnd),
    }))
    .toSorted((a, b) => (a.workKind < b.workKind ? -1 : 1));
}

const workKindOf = (events: JobEvents): string => textIn(createdIn(events), 'work_kind') ?? 'unknown';

/** From each JobQueued to the JobAssigned that follows it. */
const queueWaits = (events: JobEvents): readonly number[] => between(events, 'JobQueued', ['JobAssigned']);

const runs = (events: JobEvents): readonly number[] => between(events, 'JobStarted', ['JobSucceeded', 'JobFailed']);

function between(events: JobEvents, first: string, next: readonly string[]): readonly number[] {
  const took: number[] = [];
  let beganAt: number | null = null;
  for (const { name, at } of events) {
    if (name === first) beganAt = at;
    else if (next.includes(name) && beganAt !== null) {
      took.push(at - beganAt);
      beganAt = null;
    }
  }
  return took;
}

/** From when a job may run to its end, retries and their waits included. */
function endToEnd(events: JobEvents): readonly number[] {
  const created = createdIn(events);
  const end = events.findLast(isFinal);
  // What a client cancels ends when the client says.
  if (created === undefined || end === undefined || end.name === 'JobCanceled') return [];
  return [end.at - (instantIn(created, 'execution_at') ?? created.at)];
}

/** How long after its time a deferred job was queued. */
function lateness(events: JobEvents): readonly number[] {
  const due = instantIn(createdIn(events), 'execution_at');
  const queued = events.find(({ name, data }) => name === 'JobQueued' && data['reason'] === 'due');
  return due === null || queued === undefined ? [] : [queued.at - due];
}

/** From an event to its first request at the receiver that answers at once. */
function webhookLatencies({ events, received }: History, beganAt: number): readonly number[] {
  const at = new Map(events.map((event) => [event.eventId, event.at]));
  return received.flatMap(({ receiver, eventId, atMs }) => {
    const happenedAt = receiver === 'fast' && eventId !== null ? at.get(eventId) : undefined;
    if (happenedAt === undefined || eventId === null) return [];
    at.delete(eventId);
    return [Math.max(0, beganAt + atMs - happenedAt)];
  });
}
