import { describe, expect, it } from '@jest/globals';
import { type PlannedEvent, storedLog, written } from '../../../../test/support/logged-events.js';
import { fired, minutely, ofSchedule, tick } from '../../../../test/support/planned-log.js';
import { empty } from '../../../../test/support/simulated-histories.js';
import { verdictsOnLog } from './judge-log.js';

const time = (n: number): string => new Date(tick(n)).toISOString();
const pausedFrom2 = ofSchedule('SchedulePaused', { pausedAt: tick(1) + 1 }, {});
const skipped = (n: number, reason: string): PlannedEvent =>
  ofSchedule('OccurrencesSkipped', { dueAts: [tick(n)], reason });

/** Ledgers of a rule that is due every minutely, three times until they were read. */
const ofLedgers: readonly (readonly [
  what: string,
  rule: object,
  later: readonly PlannedEvent[],
  faults: readonly string[],
])[] = [
  ['nothing', {}, [fired(1), fired(2), fired(3)], []],
  ['a tick that is left out', {}, [fired(1), fired(3)], [`@2 the tick of ${time(2)} is not in the ledger`]],
  ['ticks that never come', {}, [fired(1)], [`: 2 ticks from ${time(2)} to ${time(3)} are not in the ledger`]],
  [
    'a tick that comes twice',
    {},
    [fired(1), fired(2), fired(3), fired(3)],
    [`@4 accounts for the tick of ${time(3)} after that of ${time(3)}`],
  ],
  [
    'a tick that fired in a pause',
    {},
    [fired(1), pausedFrom2, fired(2), skipped(3, 'paused')],
    [`@3 does not skip the tick of ${time(2)} for a pause`],
  ],
  [
    'a tick that is skipped for a pause that is none',
    {},
    [fired(1), skipped(2, 'paused'), skipped(3, 'overlap')],
    [`@2 skips the tick of ${time(2)} for a pause`],
  ],
  ['nothing before its start or after its end', { startAt: tick(2), endAt: tick(2) }, [fired(2)], []],
  [
    'a tick after its end',
    { endAt: tick(2) },
    [fired(1), fired(2), fired(3)],
    [`@3 accounts for ${time(3)}, which is no tick of * * * * *`],
  ],
  [
    'a tick under another version',
    {},
    [fired(1), fired(2, { version: 2 }), fired(3)],
    [`@2 accounts for the tick of ${time(2)} by version 2, not 1`],
  ],
];

describe('the ledger of a schedule', () => {
  it.each(ofLedgers)('is compared with its rule: %s', async (_what, rule, later, expected) => {
    const first = ofSchedule(
      'ScheduleCreated',
      { rule: { ...minutely, ...rule }, paused: false, createdAt: tick(0) },
      {},
    );
    const history = { ...empty, readAt: tick(3) + 30_000 };
    const judged = await verdictsOnLog(storedLog(written([first, ...later])), [history]);
    const faults = judged.find(({ invariant }) => invariant === 'ticked')?.faults ?? [];
    expect(faults.map(({ text }) => text.replace('schedule-s1', '').trim())).toEqual(expected);
  });
});
