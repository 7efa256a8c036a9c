import { type Descriptions } from '../../platform/http/openapi/descriptions.js';

const job = {
  text: 'What each occurrence submits: the body of a submit without `execution_at` and `idempotency_key`.',
  example: { type: 'EXECUTE', work_kind: 'report.build', payload: { report: 'daily' } },
};
const cron = [
  'Five fields (minute, hour, day of month, month, day of week), six with the second first, or a word such as `@daily`;',
  '`TZ=` or `CRON_TZ=` and a zone may come before them.',
].join(' ');
const rule = '30 6 * * MON-FRI';
const missed = [
  'Which ticks of an outage are made up for: `skip`: none; `fire_once`: the last one;',
  '`fire_all`: the last 100.',
].join(' ');
const overlap = [
  'What a tick does while the job of an earlier one is unfinished: `allow`: it fires; `skip`: it does not;',
  '`buffer_one`: one tick waits for that end; `cancel_previous`: it cancels the earlier job and fires.',
].join(' ');
const paused = 'Whether ticks are skipped until the schedule is resumed.';
const zone = 'A name of the IANA time zone database.';
const name = { text: 'A label that is unique within the client.', example: 'daily report' };
const example = { name: name.example, cron: rule, timezone: 'Europe/Berlin', job: job.example };

export const scheduleDescriptions: Descriptions = {
  schedule_id: {
    text: 'The UUID of the schedule, as its creation returned it.',
    example: '0198c0de-0000-7000-8000-000000000003',
  },
  cron: { text: cron, example: rule },
  timezone: { text: `${zone} Required where \`cron\` does not begin with one.`, example: 'Europe/Berlin' },
  job,
  missed,
  overlap,
  paused: { text: paused, example: false },
  start_at: { text: 'No tick comes before this time; null: no such bound.', example: '2026-02-01T00:00:00.000Z' },
  end_at: { text: 'No tick comes after this time; null: no such bound.', example: null },
  due_at: 'The nominal time of the tick.',
  'ScheduleNamePath.name': name,
  CreateScheduleRequest: { text: 'A job, and the rule by which it is submitted.', example },
  'CreateScheduleRequest.name': name,
  'CreateScheduleRequest.missed': { text: missed, default: 'skip' },
  'CreateScheduleRequest.overlap': { text: overlap, default: 'allow' },
  'CreateScheduleRequest.paused': { text: paused, default: false },
  DeclareScheduleRequest: {
    text: 'The whole schedule as it shall be.',
    example: { cron: rule, timezone: 'Europe/Berlin', job: job.example },
  },
  'DeclareScheduleRequest.name': {
    text: 'May repeat the name of the path; no other is taken.',
    example: 'daily report',
  },
  'DeclareScheduleRequest.missed': { text: missed, default: 'skip' },
  'DeclareScheduleRequest.overlap': { text: overlap, default: 'allow' },
  'DeclareScheduleRequest.paused': {
    text: `${paused} When absent, it stays as it is; a new schedule is not paused.`,
    example: false,
  },
  ChangeScheduleRequest: {
    text: 'What to change; members that are left out stay as they are.',
    example: { cron: '0 7 * * *' },
  },
  'ChangeScheduleRequest.name': name,
  'ChangeScheduleRequest.timezone': { text: zone, example: 'Europe/Berlin' },
  'Schedule.name': name,
  'Schedule.timezone': { text: zone, example: 'Europe/Berlin' },
  'Schedule.version': 'Counts its changes, from 1.',
  'Schedule.next_at': 'When the next tick is due; null while it is paused and after its last tick.',
  'NextTicksRequest.count': { text: 'How many ticks to foretell.', default: 10 },
  'NextTick.local_time': {
    text: 'What clocks in its time zone show then, without an offset.',
    example: '2026-02-02T06:30:00',
  },
  'Occurrence.outcome':
    '`FIRED`: it submitted its job; `BUFFERED`: it waits for an earlier job to end; else it submitted none.',
  'Occurrence.reason': 'Why it did not fire, or not at its nominal time; null where it fired in time.',
  'Occurrence.job_id': 'The UUID of the job that it submitted; null where it submitted none.',
  'Occurrence.schedule_version': 'Which version of the schedule was in force.',
  'TriggeredSchedule.job_id': {
    text: 'The UUID of the new job that was submitted.',
    example: '0198c0de-0000-7000-8000-000000000005',
  },
  'Job.schedule_id': 'The UUID of the schedule that submitted it; null where a client did.',
  MissedTicks: 'Ticks of a schedule came due while nothing was there to fire them, and will not fire any more.',
  'MissedTicks.event_name': { text: 'What happened, in one word.', example: 'OccurrencesMissed' },
  'MissedTicks.revision': 'The number of the event within its schedule, counted from 0.',
  'MissedTicks.position': { text: 'The place in the whole log, as a number in digits.', example: '4711' },
  'MissedTicks.schedule_version': 'Which version of the schedule was in force.',
  'MissedTicks.reason': 'Why none of them fired.',
  'MissedTicks.due_at': 'The nominal times of all these ticks.',
};
