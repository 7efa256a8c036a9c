import { type Pool } from 'pg';
import { asNew, type NewDelivery, type NewRow } from './new-delivery.js';
import { fannedOutSql, forgetFannedOutSql, nextOfFanOutsSql } from './fan-out.sql.js';

/** How many deliveries of one webhook may be due at once before more of its events are made into deliveries. */
export const maxDuePerWebhook = 64;

/** A delivery that a webhook is to get for an event, in the order in which it gets them. */
export interface FannedOut extends NewDelivery {
  readonly place: string;
}

/**
 * Events that webhooks wait for, and how far each webhook has got. They become deliveries no faster than deliveries go out,
 * so that what one client asks for fills neither the log nor the queue, and a webhook that is away keeps no other waiting.
 */
export class FanOut {
  constructor(private readonly pool: Pool) {}

  /** Of each client some, first of those after the one given, and at least `least` of each that has as many. */
  async next(
    most: number,
    afterClient: string,
    least: number,
    maxDue = maxDuePerWebhook,
  ): Promise<readonly FannedOut[]> {
    const { rows } = await this.pool.query<NewRow & { place: string }>({
      name: 'next-of-fan-outs',
      text: nextOfFanOutsSql,
      values: [most, afterClient, least, maxDue],
    });
    return rows.map((row) => ({ ...asNew(row), place: row.place }));
  }

  /** Whether there are deliveries to come. */
  async isWaiting(): Promise<boolean> {
    const { rows } = await this.pool.query<{ waiting: boolean }>({
      name: 'fan-outs-waiting',
      text: 'select exists (select from forgerun_engine.fan_outs) as waiting',
    });
    return rows[0]?.waiting === true;
  }

  /** They are planned, with all that came before them for the same webhooks, and may go out. */
  async record(planned: readonly FannedOut[]): Promise<void> {
    await this.pool.query({
      name: 'fanned-out',
      text: fannedOutSql,
      values: [
        planned.map(({ subject }) => subject.listenerId),
        planned.map(({ place }) => place),
        planned.map(({ subject }) => subject.deliveryId),
      ],
    });
    await this.pool.query({
      name: 'forget-fanned-out',
      text: forgetFannedOutSql,
      values: [[...new Set(planned.map(({ subject }) => subject.clientId))]],
    });
  }
}
