import type pg from 'pg';
import { type CountsByState, countsByState, type QueueGauge, queueGauges } from '../../dispatch/queue-gauges.js';
import { type FollowerGauge, followerGauges, parkedCounts } from '../../engine/followers/follower-rows.js';
import { type TimerGauges, timerGauges } from '../../engine/timers/timer-counts.js';
import { asError } from '../../platform/async/as-error.js';

export interface Gauges {
  readonly queues: readonly QueueGauge[];
  readonly states: CountsByState;
  readonly parked: ReadonlyMap<string, number>;
  readonly followers: readonly FollowerGauge[];
  readonly timers: TimerGauges;
}

/** Asks the owners of the read models and of the engine's tables what these say now, on one connection. */
export async function readGauges(pool: pg.Pool): Promise<Gauges> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return {
      queues: await queueGauges(client),
      states: await countsByState(client),
      parked: await parkedCounts(client),
      followers: await followerGauges(client),
      timers: await timerGauges(client),
    };
  } catch (error) {
    broken = asError(error);
    throw error;
  } finally {
    client.release(broken);
  }
}
