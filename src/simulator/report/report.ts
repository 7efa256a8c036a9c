import { type Recovered } from '../judge/recovered.js';
import { stateOf, type Verdict } from '../judge/verdict.js';
import { type AnswerCount } from './calls-in.js';
import { type EndedRecord } from '../records/records.js';
import { type MemorySample } from '../target/memory-watch.js';
import { type Figures } from './figures.js';
import { type Measures } from './measures.js';
import { type Recovery } from './recovery.js';
import { type Series } from './series.js';
import { type ThresholdVerdict } from './thresholds.js';

/** What a run came to: the content of `report.json`, and what `report.html` shows. */
export interface Report {
  readonly version: 1;
  readonly run: {
    readonly profile: string;
    readonly seed: number;
    readonly clients: number;
    readonly minutes: number;
    readonly engine: string;
    readonly startedAt: string;
  };
  readonly outcome: 'passed' | 'threshold missed' | 'not exercised' | 'promise broken';
  readonly figures: Figures;
  readonly thresholds: readonly ThresholdVerdict[];
  readonly invariants: readonly Verdict[];
  /** Those of them that the run was to have a case for, and had none. */
  readonly unexercised: readonly string[];
  readonly latencies: Measures['latencies'];
  readonly clients: Measures['clients'];
  readonly kinds: Measures['kinds'];
  readonly series: Series;
  readonly answers: readonly AnswerCount[];
  /** What was carried out although no answer said so. */
  readonly recovered: readonly Recovered[];
  /** What went wrong on purpose, in its order. */
  readonly faults: readonly Recovery[];
  /** Engines that ended without being told to, or could not be started. */
  readonly ended: readonly Omit<EndedRecord, 'kind'>[];
  readonly memory: readonly { readonly engine: string; readonly samples: readonly MemorySample[] }[];
  /** What a whole simulation has and this one has not, so that it is not taken for passed. */
  readonly notRun: readonly { readonly what: string; readonly why: string }[];
}

const exitCodes = { passed: 0, 'threshold missed': 1, 'not exercised': 1, 'promise broken': 2 } as const;

export const exitCodeOf = ({ outcome }: Report): number => exitCodes[outcome];

/** The worst of what there is to say. */
export function outcomeOf({
  invariants,
  unexercised,
  thresholds,
}: Pick<Report, 'invariants' | 'unexercised' | 'thresholds'>): Report['outcome'] {
  if (invariants.some((verdict) => stateOf(verdict) === 'broken')) return 'promise broken';
  if (unexercised.length > 0) return 'not exercised';
  return thresholds.some(({ isKept }) => !isKept) ? 'threshold missed' : 'passed';
}
