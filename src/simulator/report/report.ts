import { type Recovered } from '../judge/recovered.js';
import { type Verdict } from '../judge/verdict.js';
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
  readonly outcome: 'passed' | 'threshold missed' | 'promise broken';
  readonly figures: Figures;
  readonly thresholds: readonly ThresholdVerdict[];
  readonly invariants: readonly Verdict[];
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

const exitCodes = { passed: 0, 'threshold missed': 1, 'promise broken': 2 } as const;

export const exitCodeOf = ({ outcome }: Report): number => exitCodes[outcome];

/** A broken promise weighs more than a missed threshold. */
export function outcomeOf(invariants: readonly Verdict[], thresholds: readonly ThresholdVerdict[]): Report['outcome'] {
  if (invariants.some(({ faultCount }) => faultCount > 0)) return 'promise broken';
  return thresholds.some(({ isKept }) => !isKept) ? 'threshold missed' : 'passed';
}
