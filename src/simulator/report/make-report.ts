import { type History } from '../judge/history.js';
import { verdictsOn } from '../judge/judge.js';
import { recoveredIn } from '../judge/recovered.js';
import { Calm } from '../judge/run/calm.js';
import { verdictsOnRun } from '../judge/run/judge-run.js';
import { countOf, type Verdict } from '../judge/verdict.js';
import { type Unsuffered } from '../chaos/chaos.js';
import { type EndedRecord, type FaultRecord } from '../records/records.js';
import { type RunOptions } from '../run-options.js';
import { type Lapse } from '../target/machine-watch.js';
import { type MemorySample } from '../target/memory-watch.js';
import { answersIn } from './calls-in.js';
import { figuresOf } from './figures.js';
import { measuresOf } from './measures.js';
import { recoveriesOf } from './recovery.js';
import { outcomeOf, type Report } from './report.js';
import { seriesOf } from './series.js';
import { thresholdsWith, verdictsOnFigures } from './thresholds.js';
import { unexercisedIn } from './unexercised.js';

export interface Outcome {
  readonly options: RunOptions;
  readonly engineUrl: string;
  readonly histories: readonly History[];
  /** What `judgeLog` says of the log itself; absent where the store was not read. */
  readonly onLog?: readonly Verdict[];
  readonly noisyClientIds: readonly string[];
  /** From the beginning of the run to that of the traffic. */
  readonly trafficFromMs: number;
  readonly trafficMs: number;
  readonly drainMs: number;
  /** When the run began, in ms since the epoch. */
  readonly beganAt: number;
  /** From then to its end. */
  readonly wholeMs: number;
  readonly suffered: readonly FaultRecord[];
  readonly unsuffered: readonly Unsuffered[];
  readonly ended: readonly EndedRecord[];
  /** When the machine itself lost time. */
  readonly lapses: readonly Lapse[];
  /** By engine; empty where it could not be seen. */
  readonly memory: ReadonlyMap<string, readonly MemorySample[]>;
}

/** Judges what was seen and measures it. */
export function makeReport(outcome: Outcome): Report {
  const { options, engineUrl, histories, onLog = [], beganAt, wholeMs } = outcome;
  const calm = Calm.amid(beganAt, outcome);
  const invariants = [...verdictsOn(histories), ...verdictsOnRun({ histories, calm }), ...onLog];
  const unexercised = unexercisedIn(invariants, options);
  const brokenPromises = countOf(invariants, 'broken');
  const unexercisedPromises = countOf(invariants, 'not exercised');
  const recoveries = recoveriesOf(outcome.suffered, histories);
  const recovered = recoveredIn(histories);
  const measures = measuresOf({ ...outcome, brokenPromises, unexercisedPromises, recoveries, recovered });
  const figures = figuresOf(measures);
  const thresholds = verdictsOnFigures(figures, thresholdsWith(options.thresholds, options.chaos !== null));
  const { profile, seed, clients, minutes } = options;
  return {
    version: 1,
    run: {
      profile,
      seed,
      clients,
      minutes,
      engine: engineText(options, engineUrl),
      startedAt: new Date(beganAt).toISOString(),
    },
    outcome: outcomeOf({ invariants, unexercised, thresholds }),
    figures,
    thresholds,
    invariants,
    unexercised,
    latencies: measures.latencies,
    clients: measures.clients,
    kinds: measures.kinds,
    answers: answersIn(histories),
    recovered,
    series: seriesOf(histories, beganAt, wholeMs),
    faults: recoveries,
    ended: outcome.ended.map(({ node, how, atMs }) => ({ node, how, atMs })),
    memory: [...outcome.memory].map(([engine, samples]) => ({ engine, samples })),
    notRun: [...notRunOf(outcome), ...troubledMostly(calm, beganAt, wholeMs)],
  };
}

function engineText({ engine, chaos, storeCommand }: RunOptions, url: string): string {
  if (engine !== null) return `the engine at ${url}`;
  const log = storeCommand === null ? 'with the log in Postgres' : 'with the log in an EventStoreDB';
  return `${chaos === null ? 'an engine' : 'three engines'} of its own, ${log}`;
}

/** What this run was to do and did not, so that it is not taken for passed. */
function notRunOf({ options, unsuffered, memory, onLog, lapses }: Outcome): Report['notRun'] {
  const chaos =
    options.chaos === null
      ? [{ what: 'chaos', why: 'it was not asked for (--chaos)' }]
      : unsuffered.map(({ name, why }) => ({ what: `the fault ${name}`, why }));
  return [
    ...chaos,
    ...notJudgedIn(onLog),
    ...lapsed(lapses),
    ...(memory.size === 0 ? [{ what: 'memory', why: 'it cannot be seen here' }] : []),
  ];
}

/** Times and figures of such a run are not those of the engine alone. */
function lapsed(lapses: readonly Lapse[]): Report['notRun'] {
  if (lapses.length === 0) return [];
  const longestMs = lapses.reduce((longest, { fromAt, toAt }) => Math.max(longest, toAt - fromAt), 0);
  const why = `it stood still or its clock was set, ${lapses.length} times, by ${Math.round(longestMs / 1_000)} s at most`;
  return [{ what: 'a machine that keeps its time', why }];
}

/** What is judged of calm time is hardly judged where there was little of it. */
function troubledMostly(calm: Calm, beganAt: number, wholeMs: number): Report['notRun'] {
  const calmMs = calm.msBetween(beganAt, beganAt + wholeMs);
  if (calmMs > wholeMs / 2) return [];
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  return [
    { what: 'what is late or starved', why: `hardly judged: ${seconds(calmMs)} of ${seconds(wholeMs)} s were calm` },
  ];
}

/** Of the log itself: all of it, or what could not be judged. */
function notJudgedIn(onLog: readonly Verdict[] | undefined): Report['notRun'] {
  if (onLog === undefined) return [{ what: 'the log, read directly', why: 'the judge reads it through the API only' }];
  return onLog.flatMap(({ invariant, notJudged = [] }) =>
    notJudged.map((what) => ({ what: `what is ${invariant}, of the log`, why: `not judged: ${what}` })),
  );
}
