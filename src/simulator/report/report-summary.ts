import { join } from 'node:path';
import { countOf } from '../judge/verdict.js';
import { type Report } from './report.js';
import { boundsText } from './thresholds.js';

/** What a run came to, in a few lines. */
export function summaryOf(report: Report, folder: string): string {
  const { outcome, invariants, unexercised, thresholds, figures, ended } = report;
  const notExercised = countOf(invariants, 'not exercised');
  const apart = notExercised === 0 ? '' : `, ${notExercised} not exercised,`;
  const broken = invariants.filter(({ faultCount }) => faultCount > 0);
  const lines = [
    `${outcome}: ${countOf(invariants, 'held')} of ${invariants.length} promises held${apart} over ${figures['jobs_total'] ?? 0} jobs`,
    ...broken.flatMap(({ invariant, faultCount, faults }) => [
      `broken: ${invariant}, ${faultCount === 1 ? 'one fault' : `${faultCount} faults`}`,
      ...faults.slice(0, 3).map(({ text }) => `  ${text}`),
    ]),
    ...ended
      .slice(0, 3)
      .map(({ node, how, atMs }) => `ended by itself: ${node}, ${how}, at ${(atMs / 1_000).toFixed(1)} s`),
    ...(unexercised.length === 0 ? [] : [`not exercised, and to be: ${unexercised.join(', ')}`]),
    ...thresholds
      .filter(({ isKept }) => !isKept)
      .map((missed) => `missed: ${missed.figure} is ${missed.value ?? 'not measured'}, to be ${boundsText(missed)}`),
    `report: ${join(folder, 'report.html')}`,
  ];
  return `${lines.join('\n')}\n`;
}
