import { type DomainEvent } from '../../kernel/message.js';
import { type Position, type Revision } from '../../kernel/recorded.js';
import { type ExpectedRevision } from '../event-store/event-store.port.js';

/** The stream in which a log says whose it is, and which database goes with it. */
export const installationCategory = 'installation';
export const installationStream = `${installationCategory}-log`;
/** Goes on where that stream was ended for good. */
export const installationSuccessor = `${installationCategory}-log2`;

interface Named {
  readonly installation: string;
  /** Id of the database whose read models and timers belong to this log. */
  readonly database: string;
}

/** The log got its name, at the first start on it. */
type InstallationNamed = DomainEvent<'InstallationNamed', Named>;
/** Another database took the place of the one before, which was lost. */
type LogAdopted = DomainEvent<'LogAdopted', Named>;
export type InstallationEvent = InstallationNamed | LogAdopted;

/** Where something is: what a person would look for in the configuration. */
export interface Place {
  /** An address without user or password, or `embedded`. */
  readonly store: string;
  readonly namespace: string | null;
}

/** What a database remembers. */
export interface Remembered extends Place, Named {
  /** The log has said the same. */
  readonly isSettled: boolean;
  /** Revision of the last event in the log's stream about itself that this database saw; null: it never noted one. */
  readonly revision: Revision | null;
  /** How far its followers have come; null: none has written into it. */
  readonly checkpoint: Position | null;
}

/** What a log shows of itself. */
export interface LogState {
  readonly events: readonly InstallationEvent[];
  /** Revision of the last event of its stream, whichever program wrote it; null: none is shown. */
  readonly last: Revision | null;
  /** It shows no event of ForgeRun at all, whatever it is about. */
  readonly isEmpty: boolean;
  /** Where it ends, for all programs: no follower of it can have come further. Null: nothing was ever written. */
  readonly end: Position | null;
  /** Its stream about itself was ended for good, by a tombstone. */
  readonly isGone: boolean;
  /** Where that stream ends by the answers to appends, though nothing of it is shown; null: nothing was refused. */
  readonly hiddenEnd: ExpectedRevision | null;
}

/**
 * What a start does about what its database and its log say.
 * - `fits`: goes on.
 * - `write`: appends the event to the log's stream where that is expected to end, and looks again.
 * - `settle`: both say the same for the first time; the database is to remember it.
 * - `misfit`: must not start, for this reason, and nothing may be written.
 */
export type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'write'; readonly event: InstallationEvent; readonly expected: ExpectedRevision }
  | { readonly kind: 'settle'; readonly installation: string }
  | { readonly kind: 'misfit'; readonly reason: string };

const misfit = (reason: string): Verdict => ({ kind: 'misfit', reason });

/** Decides whether an engine may start on this log; `doctor` asks it beforehand. */
export function verdictOn(remembered: Remembered, log: LogState, place: Place, adopt: string | null): Verdict {
  const [first] = log.events;
  if (first === undefined)
    return remembered.isSettled ? onLostName(remembered, log, place, adopt) : onNoName(remembered, log, place, adopt);
  const name = first.data.installation;
  const owner = log.events.at(-1)?.data.database ?? null;
  const { installation, database, isSettled, checkpoint } = remembered;
  const here = placed(place);
  if (isSettled) {
    if (name !== installation) return misfit(`${oursIs(remembered)}; the log ${here} belongs to installation ${name}.`);
    if (owner !== database) return misfit(adoptedBy(installation, here));
    return isAhead(remembered, log) ? misfit(olderCopy(remembered, here)) : { kind: 'fits' };
  }
  if (owner === database)
    return isAhead(remembered, log) ? misfit(olderCopy(remembered, here)) : { kind: 'settle', installation: name };
  if (checkpoint !== null)
    return misfit(
      `The log ${here} belongs to installation ${name} and its database; this database has followed another log.`,
    );
  if (adopt === null)
    return misfit(
      `The log ${here} belongs to installation ${name}, and this database is empty. Is it the wrong one? ` +
        `If the right one is lost, ${setting}=${name} makes this one take its place.`,
    );
  if (adopt !== name) return misfit(`${setting} names ${adopt}; the log ${here} belongs to installation ${name}.`);
  return { kind: 'write', event: adoption(name, database), expected: endOf(log) };
}

/** The database is sure of its log, and the log says nothing of itself: taken away, emptied, or another one. */
function onLostName(remembered: Remembered, log: LogState, place: Place, adopt: string | null): Verdict {
  const { installation, database, revision } = remembered;
  const here = placed(place);
  if (here !== placed(remembered)) {
    const what = log.isEmpty ? 'belongs to no installation' : 'does not say whose it is';
    return misfit(`${oursIs(remembered)}; the log ${here} ${what}.`);
  }
  if (log.isEmpty || isAhead(remembered, log)) return misfit(olderCopy(remembered, here));
  // Only where its stream ends as this database last saw it: behind that, another one may have adopted the log.
  if (!log.isGone && log.hiddenEnd === null && revision !== null)
    return { kind: 'write', event: naming(installation, database), expected: revision };
  if (adopt === installation) return { kind: 'write', event: adoption(installation, database), expected: endOf(log) };
  return misfit(
    `The log ${here} no longer says that it belongs to installation ${installation}: ${lostBy(log)}, and another database ` +
      `may have adopted it meanwhile. If none has, ${setting}=${installation} makes this one say so again.`,
  );
}

/** The database has settled with no log yet, and the log says nothing of itself. */
function onNoName(remembered: Remembered, log: LogState, place: Place, adopt: string | null): Verdict {
  const { installation, database, checkpoint } = remembered;
  const here = placed(place);
  if (checkpoint !== null && (log.isEmpty || isAhead(remembered, log)))
    return misfit(`This database has followed another log than the one ${here}, which does not reach as far.`);
  const isUntouched = !log.isGone && log.hiddenEnd === null;
  // A new log, or one with its database from a release that gave logs no names.
  if (isUntouched && (log.isEmpty || checkpoint !== null)) {
    if (adopt !== null) return misfit(`${setting} names ${adopt}; the log ${here} belongs to no installation.`);
    return { kind: 'write', event: naming(installation, database), expected: endOf(log) };
  }
  if (adopt !== null && checkpoint === null)
    return { kind: 'write', event: adoption(adopt, database), expected: endOf(log) };
  return misfit(
    `The log ${here} does not say whose it is: ${lostBy(log)}, and this database does not belong to it. ` +
      `Start with the database that does, which names it again. If that is lost, ${setting} with the id of its installation, ` +
      `or with a new UUID where no one knows it, makes an empty database take its place.`,
  );
}

const lostBy = ({ isGone }: LogState): string =>
  isGone
    ? `its stream ${installationStream} was ended for good (a tombstone)`
    : `retention or a deletion has taken its stream ${installationStream} away`;

const endOf = ({ hiddenEnd, last }: LogState): ExpectedRevision => hiddenEnd ?? last ?? 'no_stream';

const isAhead = ({ checkpoint }: Remembered, { end }: LogState): boolean =>
  checkpoint !== null && (end === null || checkpoint > end);

const naming = (installation: string, database: string): InstallationNamed => ({
  type: 'InstallationNamed',
  data: { installation, database },
});
const adoption = (installation: string, database: string): LogAdopted => ({
  type: 'LogAdopted',
  data: { installation, database },
});

const oursIs = (remembered: Remembered): string =>
  `The database belongs to installation ${remembered.installation}, whose log was ${placed(remembered)}`;

const olderCopy = (remembered: Remembered, here: string): string =>
  `${oursIs(remembered)}; the log ${here} does not reach as far as this database has read. It was emptied, or restored from ` +
  `an older copy: restore a newer one, or restore the database from a time before it.`;

const setting = 'FORGERUN_ADOPT_LOG';

/** What an engine says whose database was replaced. */
export const adoptedBy = (installation: string, where: string): string =>
  `Another database has adopted the log ${where} of installation ${installation}; nothing may run on this one any more.`;

/** Behind "the log". */
export const placed = ({ store, namespace }: Place): string =>
  `in ${store}${namespace === null ? '' : `, namespace ${namespace}`}`;

/** Of a connection string, without whatever may be a secret. */
export const addressOf = (url: string): string => url.replace(/^([a-z+]+:\/\/)?(.*@)?([^?]*).*$/s, '$1$3');

/** Of the log that the settings name. */
export const placeOf = (eventStore: string, namespace: string | null): Place => ({
  store: addressOf(eventStore),
  namespace,
});
