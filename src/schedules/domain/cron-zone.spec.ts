import { describe, expect, it } from '@jest/globals';
import { withoutZone, zoneNamedIn } from './cron-zone.js';

describe('the zone in front of a cron expression', () => {
  it.each([
    ['TZ=UTC 0 9 * * *', 'UTC', '0 9 * * *'],
    ['CRON_TZ=Asia/Tokyo 0 9 * * *', 'Asia/Tokyo', '0 9 * * *'],
    ['  TZ=UTC \t 0 9 * * *', 'UTC', '0 9 * * *'],
    ['TZ=UTC', 'UTC', ''],
    ['TZ= 0 9 * * *', '', '0 9 * * *'],
    ['0 9 * * *', null, '0 9 * * *'],
    ['0 9 * * * TZ=UTC', null, '0 9 * * * TZ=UTC'],
    ['XTZ=UTC 0 9 * * *', null, 'XTZ=UTC 0 9 * * *'],
  ])('is told from its fields: %j', (cron, zone, fields) => {
    expect([zoneNamedIn(cron), withoutZone(cron)]).toEqual([zone, fields]);
  });
});
