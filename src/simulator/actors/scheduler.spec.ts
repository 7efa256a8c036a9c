import { describe, expect, it } from '@jest/globals';
import { type ForgeRunClient } from '../../sdk/client.js';
import { ForgeRunUnreachable } from '../../sdk/forge-run-error.js';
import { RunClock } from '../run-clock.js';
import { type Tenant } from '../target/tenants.js';
import { Scheduler } from './scheduler.js';
import { type Stage } from './stage.js';

/** A client whose schedule cannot be paused, one reason after the other. */
function schedulerWith(...faults: Error[]): { readonly scheduler: Scheduler; readonly left: readonly Error[] } {
  const pause = (): Promise<void> => {
    const fault = faults.shift();
    return fault === undefined ? Promise.resolve() : Promise.reject(fault);
  };
  const client = { schedules: { pause } } as unknown as ForgeRunClient;
  const tenant = { index: 0, clientId: 'c0', client } as unknown as Tenant;
  const stage = { seed: 1, clock: new RunClock() } as unknown as Stage;
  return { scheduler: new Scheduler(tenant, stage), left: faults };
}

describe('a schedule at the end of a run', () => {
  it('is paused although its engine has hardly recovered', async () => {
    const { scheduler, left } = schedulerWith(new ForgeRunUnreachable('gone'), new ForgeRunUnreachable('gone'));
    await scheduler.run(AbortSignal.abort());
    expect(left).toEqual([]);
  });

  it('is left alone once the run is interrupted', async () => {
    const { scheduler, left } = schedulerWith(new Error('interrupted'), new Error('interrupted'));
    await expect(scheduler.run(AbortSignal.abort())).rejects.toThrow('interrupted');
    expect(left).toHaveLength(1);
  });
});
