/** A field whose values follow one another and begin anew after the last: after 23 o'clock comes 0 o'clock. */
export interface CronField {
  readonly name: string;
  readonly first: number;
  /** How many values there are before they begin anew. */
  readonly size: number;
  /** The largest number that may be written; beyond the last value only for Sunday, which is 0 and 7. */
  readonly max: number;
  /** Names of the values from the first one on. */
  readonly names: readonly string[];
}

const item = /^(?:\*|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/i;

/**
 * The values that one item of a field names: `*`, `a`, `a-b`, each with a step where there is a `/n`. `a/n` goes on from
 * `a` to the end of the field, and a range whose end lies before its beginning goes on past the end. Null: it is none.
 */
export function valuesOf(text: string, field: CronField): readonly number[] | null {
  const found = item.exec(text);
  if (found === null) return null;
  const { first, size } = field;
  const last = first + size - 1;
  const [, lowText, highText, stepText] = found;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > size) return null;
  if (lowText === undefined) return valuesBetween(first, last, step, field);
  const low = numberOf(lowText, field);
  if (low === null) return null;
  if (highText === undefined) return stepText === undefined ? [within(low, field)] : toTheEnd(low, step, field);
  const high = numberOf(highText, field);
  if (high === null) return null;
  return valuesBetween(low, high < low ? high + size : high, step, field);
}

/** What a number or a name stands for; null when the field has no such value. */
export function numberOf(text: string, { first, max, names }: CronField): number | null {
  const place = names.indexOf(text.toLowerCase());
  if (place !== -1) return first + place;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value < first || value > max ? null : value;
}

/** Brings a value that was counted past the last one back to where it begins anew. */
export const within = (value: number, { first, size }: CronField): number => first + ((value - first) % size);

const toTheEnd = (low: number, step: number, field: CronField): readonly number[] =>
  valuesBetween(within(low, field), field.first + field.size - 1, step, field);

function valuesBetween(low: number, high: number, step: number, field: CronField): readonly number[] {
  const values: number[] = [];
  for (let value = low; value <= high; value += step) values.push(within(value, field));
  return values;
}
