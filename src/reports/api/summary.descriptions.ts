import { describing, type Descriptions } from '../../platform/http/openapi/descriptions.js';

const noValue = 'in milliseconds; null where there is nothing to measure';

const figures: Descriptions = {
  jobs: 'How many were submitted in this time.',
  attempts: 'How many runs ended in this time, first ones and retries.',
  queue_wait_ms: 'From queueing to lease, for the attempts that ended in this time.',
};

export const summaryDescriptions: Descriptions = {
  'SummaryRequest.from': 'The start of the range, inclusive; 24 hours before `to` when absent.',
  'SummaryRequest.to': 'The end of the range, exclusive; now when absent.',
  'SummaryRequest.group_by': 'What to count separately; one group of everything when absent.',
  'SummaryRequest.bucket': 'How long a time each item covers; the whole range when absent.',
  'Summary.from': 'The start of the range, inclusive.',
  'Summary.to': 'The end of the range, exclusive.',
  'Summary.group_by': 'What is counted separately; null: one group of everything.',
  'Summary.bucket': 'How long a time each item covers; null: the whole range.',
  'Summary.total': 'The figures of the whole range.',
  'Summary.items': 'The figures of each group in each bucket.',
  'Summary.groups_left_out': 'How many more groups there are than are listed.',
  'Summary.next_cursor': 'Always null: a summary is one page.',
  'SummaryItem.bucket_start': 'When the bucket begins; null where no `bucket` was asked for.',
  'SummaryItem.group': 'The work kind, queue or schedule; null where no `group_by` was asked for.',
  states: {
    text: 'Of the jobs submitted in this time, how many are now in each state, by its name.',
    example: { SUCCEEDED: 40, FAILED: 2 },
  },
  outcomes: {
    text: 'Of the jobs submitted in this time, how many have ended with each outcome, by its name.',
    example: { SUCCESS: 40, FAILED: 2 },
  },
  success_rate: {
    text: 'The share of jobs that succeeded among those that succeeded or finally failed; null where there are none.',
    example: 0.952,
  },
  retries: 'How many of the attempts were not the first one of their job.',
  run_ms: 'From start to end, for the attempts that ended in this time.',
  ...describing('SummaryTotal', figures),
  ...describing('SummaryItem', figures),
  'Percentiles.p50': { text: `The median, ${noValue}.`, example: 120 },
  'Percentiles.p95': { text: `The 95th percentile, ${noValue}.`, example: 800 },
  'Percentiles.p99': { text: `The 99th percentile, ${noValue}.`, example: 2100 },
};
