import type pg from 'pg';
import { randomUUID } from 'node:crypto';
import type { EventStore } from '../event-store/event-store.port.js';
import { InstallationLog } from './installation-log.js';
import { InstallationRecord } from './installation-record.js';
import { type Place, placed, verdictOn } from './installation.js';

/** Which installation a process belongs to, and which database it works on. */
export interface Installation {
  readonly id: string;
  readonly database: string;
  /** For a sentence about the log. */
  readonly where: string;
}

/** The database and the log do not belong together. */
export class DoesNotFit extends Error {}

const mostRounds = 20;

/**
 * Makes sure that database and log belong together before anything is read from the one and written to the other. The
 * database proposes a name first, so that all nodes on it propose the same, and the log's expected revision decides
 * between databases. Throws `DoesNotFit`.
 */
export async function settleInstallation(
  client: pg.ClientBase,
  store: EventStore,
  place: Place,
  adopt: string | null,
): Promise<Installation> {
  const record = new InstallationRecord(client);
  const log = new InstallationLog(store);
  for (let round = 0; round < mostRounds; round += 1) {
    const [remembered, now] = await record.read(randomUUID(), randomUUID(), place);
    const verdict = verdictOn(remembered, await log.read(), place, adopt, log.isHidden);
    const { database } = remembered;
    switch (verdict.kind) {
      case 'misfit':
        throw new DoesNotFit(verdict.reason);
      case 'write':
        await log.write(verdict.event, now);
        break;
      case 'settle':
        await record.settle(verdict.installation, place);
        return { id: verdict.installation, database, where: placed(place) };
      default:
        if (remembered.store !== place.store) await record.settle(remembered.installation, place);
        return { id: remembered.installation, database, where: placed(place) };
    }
  }
  throw new Error('the name of this log changes all the time');
}
