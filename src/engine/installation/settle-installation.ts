import type pg from 'pg';
import { randomUUID } from 'node:crypto';
import { type EventStore } from '../event-store/event-store.port.js';
import { InstallationLog } from './installation-log.js';
import { InstallationRecord, unwritten } from './installation-record.js';
import { type LogState, type Place, placed, type Remembered, type Verdict, verdictOn } from './installation.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** Which installation a process belongs to, and which database it works on. */
export interface Installation {
  readonly id: string;
  readonly database: string;
  /** For a sentence about the log. */
  readonly where: string;
}

/** The database and the log do not belong together. */
export class DoesNotFit extends Error {}

const maxRounds = 20;

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
  for (let round = 0; round < maxRounds; round += 1) {
    const [remembered, now] = await record.read(randomUUID(), randomUUID(), place);
    if (!remembered.isSettled) failpoint('installation.proposed');
    const state = await log.look({ isNew: isNew(remembered, place) });
    const verdict = verdictOn(remembered, state, place, adopt);
    const { database } = remembered;
    switch (verdict.kind) {
      case 'misfit':
        throw new DoesNotFit(verdict.reason);
      case 'write':
        await log.write(verdict.event, verdict.expected, now);
        failpoint('installation.named');
        break;
      case 'settle':
        await record.settle(verdict.installation, place, state.last);
        failpoint('installation.settled');
        return { id: verdict.installation, database, where: placed(place) };
      default:
        if (remembered.store !== place.store || remembered.revision !== state.last)
          await record.settle(remembered.installation, place, state.last);
        return { id: remembered.installation, database, where: placed(place) };
    }
  }
  throw new Error('the name of this log changes all the time');
}

/** What the first look of a start would come to, by the same rules; changes nothing. Null: it is still to be made. */
export async function foreseeInstallation(
  client: pg.ClientBase | null,
  store: EventStore | null,
  place: Place,
  adopt: string | null,
): Promise<Verdict> {
  const proposed = [randomUUID(), randomUUID(), place] as const;
  const remembered = client === null ? unwritten(...proposed) : await new InstallationRecord(client).peek(...proposed);
  const state = store === null ? nothing : await new InstallationLog(store).look({ isNew: isNew(remembered, place) });
  return verdictOn(remembered, state, place, adopt);
}

/**
 * Every log with a namespace begins with its name. Where that was taken away, its place in the stream says so when it is to be
 * written again.
 */
const isNew = ({ isSettled, checkpoint }: Remembered, { namespace }: Place): boolean =>
  namespace !== null && !isSettled && checkpoint === null;

const nothing: LogState = { events: [], last: null, isEmpty: true, end: null, isGone: false, hiddenEnd: null };
