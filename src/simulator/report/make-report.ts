import { type History } from '../judge/history.js';
import { verdictsOn } from '../judge/judge.js';
import { type RunOptions } from '../run-options.js';
import { answersIn } from './calls-in.js';
import { figuresOf } from './figures.js';
import { measuresOf } from './measures.js';
import { outcomeOf, type Report } from './report.js';
import { seriesOf } from './series.js';
import { verdictsOnFigures } from './thresholds.js';

export interface Outcome {
  readonly options: RunOptions;
  readonly engineUrl: string;
  readonly histories: readonly History[];
  readonly noisyClientIds: readonly string[];
  readonly trafficMs: number;
  readonly drainMs: number;
  /** When the run began, in ms since the epoch. */
  readonly beganAt: number;
  /** From then to its end. */
  readonly wholeMs: number;
}

const notRun: Report['notRun'] = [
  { what: 'chaos', why: 'this simulator cannot kill, pause, cut or fill anything yet' },
  { what: 'the log, read directly', why: 'the judge reads it through the API only' },
  { what: 'memory, recovery times', why: 'not measured yet' },
];

/** Judges what was seen and measures it. */
export function makeReport(outcome: Outcome): Report {
  const { options, engineUrl, histories, trafficMs, drainMs, beganAt, wholeMs } = outcome;
  const invariants = verdictsOn(histories);
  const brokenPromises = invariants.filter(({ faultCount }) => faultCount > 0).length;
  const measures = measuresOf({ ...outcome, brokenPromises, trafficMs, drainMs });
  const figures = figuresOf(measures);
  const thresholds = verdictsOnFigures(figures, options.thresholds);
  const { profile, seed, clients, minutes } = options;
  return {
    version: 1,
    run: {
      profile,
      seed,
      clients,
      minutes,
      engine: options.engine === null ? 'an engine of its own, on embedded storage' : `the engine at ${engineUrl}`,
      startedAt: new Date(beganAt).toISOString(),
    },
    outcome: outcomeOf(invariants, thresholds),
    figures,
    thresholds,
    invariants,
    latencies: measures.latencies,
    clients: measures.clients,
    kinds: measures.kinds,
    answers: answersIn(histories),
    series: seriesOf(histories, beganAt, wholeMs),
    notRun,
  };
}
