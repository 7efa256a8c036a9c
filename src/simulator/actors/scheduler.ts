import { pause } from '../../platform/async/pause.js';
import { sleep } from '../../platform/clock/timer.js';
import { ForgeRunError, ForgeRunUnreachable } from '../../sdk/forge-run-error.js';
import { type PreparedSchedule } from '../judge/history.js';
import { Random } from '../plan/random.js';
import { called } from '../records/call.js';
import { askedDigest } from '../records/definition.js';
import { digestOfValue } from '../records/digest.js';
import { type Tenant } from '../target/tenants.js';
import { type Stage } from './stage.js';

/** A machine that is full with what has piled up meanwhile may need minutes. */
const maxPauseMs = 300_000;
const betweenPausesMs = 500;
const betweenTriggersMs = [1_000, 8_000] as const;

/** What each of its ticks submits. */
const job = {
  type: 'EXECUTE',
  workKind: 'cleanup.run',
  payload: { n: 'scheduled', work_ms: 50 },
  retry: { maxAttempts: 6, backoffBaseMs: 100, backoffMaxMs: 1_000 },
  timeouts: { executionMs: 5_000 },
  tags: { simulated: 'scheduled' },
} as const;

/** Keeps a schedule of one client, which ticks every five seconds and is triggered at random moments in between. */
export class Scheduler {
  #prepared: PreparedSchedule | null = null;

  constructor(
    private readonly tenant: Tenant,
    private readonly stage: Stage,
  ) {}

  get schedules(): readonly PreparedSchedule[] {
    return this.#prepared === null ? [] : [this.#prepared];
  }

  async prepare(): Promise<void> {
    const { scheduleId } = await this.tenant.client.schedules.create({
      name: 'simulated',
      cron: '*/5 * * * * *',
      timezone: 'UTC',
      overlap: 'allow',
      job,
    });
    this.#prepared = { scheduleId, payload: digestOfValue(job.payload), definition: askedDigest(job) };
  }

  /** Triggers it until the signal fires, and pauses it then. */
  async run(signal: AbortSignal): Promise<void> {
    const scheduleId = this.#prepared?.scheduleId ?? '';
    const { clientId, client, index } = this.tenant;
    const random = new Random(this.stage.seed, `triggers of client ${index}`);
    for (;;) {
      await pause(random.between(...betweenTriggersMs), signal);
      if (signal.aborted) break;
      const call = await called(this.stage.clock, 200, () => client.schedules.trigger(scheduleId));
      const { answer, ...how } = call;
      this.stage.recorder.add({ kind: 'trigger', clientId, ...how, scheduleId, jobId: answer?.jobId ?? null });
    }
    await this.#pause(scheduleId);
  }

  /** Tries it again where the engine has hardly recovered: a schedule that went on would never be at its end. */
  async #pause(scheduleId: string): Promise<void> {
    const untilMs = this.stage.clock.sinceMs() + maxPauseMs;
    for (;;)
      try {
        await this.tenant.client.schedules.pause(scheduleId);
        return;
      } catch (error) {
        const isOfEngine = error instanceof ForgeRunError || error instanceof ForgeRunUnreachable;
        if (!isOfEngine || this.stage.clock.sinceMs() > untilMs) throw error;
        await sleep(betweenPausesMs);
      }
  }
}
