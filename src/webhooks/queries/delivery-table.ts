import { In, LessThan, type Repository } from 'typeorm';
import {
  deliveries,
  deliveryAttempts,
  type DeliveryAttemptRow,
  type DeliveryRow,
} from '../../../projections/deliveries/deliveries.table.js';
import { rowsOf } from '../../platform/postgres/entities.js';
import { type ReadSource } from '../../platform/postgres/read-source.js';
import { type DeliveryAnswer, deliveryAnswer } from './delivery.response.js';

/** Reads the deliveries read model. */
export class DeliveryTable {
  readonly #deliveries: Repository<DeliveryRow>;
  readonly #attempts: Repository<DeliveryAttemptRow>;

  constructor(source: ReadSource) {
    this.#deliveries = rowsOf(source, deliveries);
    this.#attempts = rowsOf(source, deliveryAttempts);
  }

  /** Newest first, before a place; `next` is the place the following page begins before, null at the end. */
  async page(
    listenerId: string,
    before: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly DeliveryAnswer[]; readonly next: string | null }> {
    const rows = await this.#deliveries.find({
      where: { listenerId, ...(before === null ? {} : { plannedPosition: LessThan(BigInt(before)) }) },
      order: { plannedPosition: 'DESC' },
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    const attempts = await this.#attemptsOf(page.map(({ deliveryId }) => deliveryId));
    return {
      items: page.map((row) => deliveryAnswer(row, attempts.get(row.deliveryId) ?? [])),
      next: rows.length > limit ? (page.at(-1)?.plannedPosition.toString() ?? null) : null,
    };
  }

  async #attemptsOf(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, readonly DeliveryAttemptRow[]>> {
    const rows = await this.#attempts.find({
      where: { deliveryId: In(deliveryIds) },
      order: { deliveryId: 'ASC', attempt: 'ASC' },
    });
    const found = new Map<string, DeliveryAttemptRow[]>();
    for (const row of rows) found.set(row.deliveryId, [...(found.get(row.deliveryId) ?? []), row]);
    return found;
  }
}
