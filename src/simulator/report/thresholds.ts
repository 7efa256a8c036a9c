import { figureNames, type Figures } from './figures.js';

/** The largest value that a figure may have, by its name. */
export type Thresholds = Readonly<Record<string, number>>;

export interface ThresholdVerdict {
  readonly figure: string;
  readonly max: number;
  /** Null where it was not measured, which is no way to keep a threshold. */
  readonly value: number | null;
  readonly isKept: boolean;
}

/** Reads a file of thresholds; what is wrong with it is thrown, all at once. */
export function thresholdsFrom(text: string): Thresholds {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError('thresholds are an object of figures and their maxima, such as {"submit_p99_ms": 200}');
  const faults = Object.entries(value).flatMap(([name, max]) => {
    if (!figureNames.includes(name)) return [`${name} is no figure of the report`];
    return typeof max === 'number' && Number.isFinite(max)
      ? []
      : [`${name} is to be a number, not ${JSON.stringify(max)}`];
  });
  if (faults.length > 0) throw new RangeError(faults.join('; '));
  return value as Thresholds;
}

export const verdictsOnFigures = (figures: Figures, thresholds: Thresholds): readonly ThresholdVerdict[] =>
  Object.entries(thresholds).map(([figure, max]) => {
    const value = figures[figure] ?? null;
    return { figure, max, value, isKept: value !== null && value <= max };
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RangeError('thresholds are JSON', { cause: error });
  }
}
