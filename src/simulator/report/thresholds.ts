import { asError } from '../../platform/async/as-error.js';
import { figureNames, type Figures } from './figures.js';

/** Between which values a figure may be, both included; at least one of them is there. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** By the names of figures. */
export type Thresholds = Readonly<Record<string, Bounds>>;

export interface ThresholdVerdict {
  readonly figure: string;
  /** Null: none. */
  readonly min: number | null;
  readonly max: number | null;
  /** Null where it was not measured, which is no way to keep a threshold. */
  readonly value: number | null;
  readonly isKept: boolean;
}

/** What a run is held to that nothing is done to, where its file of thresholds says nothing else of these figures. */
const unharmed: Thresholds = {
  errors_per_thousand_calls: { max: 10 },
  submits_taken_per_thousand: { min: 990 },
  engines_ended_total: { max: 0 },
};

/** Those of the file, and where it is silent those of a run without harm; an engine that is made to suffer has none. */
export const thresholdsWith = (given: Thresholds, isHarmed: boolean): Thresholds =>
  isHarmed ? given : { ...unharmed, ...given };

/** Reads a file of thresholds; what is wrong with it is thrown, all at once. */
export function thresholdsFrom(text: string): Thresholds {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError('it is to be an object of figures and their bounds, such as {"submit_p99_ms": 200}');
  const entries = Object.entries(value).map(([name, bounds]) => ({
    name,
    given: bounds as unknown,
    bounds: boundsOf(bounds),
  }));
  const faults = entries.flatMap(({ name, given, bounds }) => {
    if (!figureNames.includes(name)) return [`${name} is no figure of the report`];
    if (bounds === null)
      return [`${name} is to be a number, or an object of min and max, not ${JSON.stringify(given)}`];
    const { min = -Infinity, max = Infinity } = bounds;
    return min <= max ? [] : [`${name} cannot be at least ${min} and at most ${max}`];
  });
  if (faults.length > 0) throw new RangeError(faults.join('; '));
  return Object.fromEntries(entries.map(({ name, bounds }) => [name, bounds ?? {}]));
}

/** A number alone is the largest value; null where it is neither that nor bounds. */
function boundsOf(value: unknown): Bounds | null {
  if (isNumber(value)) return { max: value };
  if (typeof value !== 'object' || value === null) return null;
  const members = Object.entries(value);
  const isBounds = members.every(([name, bound]) => (name === 'min' || name === 'max') && isNumber(bound));
  return isBounds && members.length > 0 ? value : null;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const verdictsOnFigures = (figures: Figures, thresholds: Thresholds): readonly ThresholdVerdict[] =>
  Object.entries(thresholds).map(([figure, { min = null, max = null }]) => {
    const value = figures[figure] ?? null;
    const isKept = value !== null && (max === null || value <= max) && (min === null || value >= min);
    return { figure, min, max, value, isKept };
  });

/** Such as `at least 10, at most 20`. */
export const boundsText = ({ min, max }: Pick<ThresholdVerdict, 'min' | 'max'>): string =>
  [min === null ? [] : [`at least ${min}`], max === null ? [] : [`at most ${max}`]].flat().join(', ');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RangeError(`it is not JSON: ${asError(error).message}`, { cause: error });
  }
}
