import type { DomainEvent } from '../../kernel/message.js';

/** The stream in which a log says whose it is, and which database goes with it. */
export const installationCategory = 'installation';
export const installationStream = `${installationCategory}-log`;

interface Named {
  readonly installation: string;
  /** Id of the database whose read models and timers belong to this log. */
  readonly database: string;
}

/** The log got its name, at the first start on it. */
export type InstallationNamed = DomainEvent<'InstallationNamed', Named>;
/** Another database took the place of the one before, which was lost. */
export type LogAdopted = DomainEvent<'LogAdopted', Named>;
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
  /** Followers have written into it. */
  readonly hasPast: boolean;
}

/**
 * What a start does about what its database and its log say.
 * - `fits`: goes on.
 * - `write`: appends the event to the log's stream, and looks again.
 * - `settle`: both say the same for the first time; the database is to remember it.
 * - `misfit`: must not start, for this reason.
 */
export type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'write'; readonly event: InstallationEvent }
  | { readonly kind: 'settle'; readonly installation: string }
  | { readonly kind: 'misfit'; readonly reason: string };

const misfit = (reason: string): Verdict => ({ kind: 'misfit', reason });

export function verdictOn(
  remembered: Remembered,
  log: readonly InstallationEvent[],
  place: Place,
  adopt: string | null,
  /** The log keeps what its stream says about itself, and shows nothing of it any more. */
  isHidden = false,
): Verdict {
  const { installation, database, isSettled } = remembered;
  const name = log[0]?.data.installation ?? null;
  const owner = log.at(-1)?.data.database ?? null;
  const here = placed(place);
  if (isSettled) {
    const ours = `The database belongs to installation ${installation}, whose log was ${placed(remembered)}`;
    // Retention took its name away. A log that is another one is behind the checkpoints, which followers refuse.
    if (name === null && here === placed(remembered))
      return { kind: 'write', event: { type: 'InstallationNamed', data: { installation, database } } };
    if (name === null && !isHidden) return misfit(`${ours}; the log ${here} belongs to no installation.`);
    if (name === null) return misfit(`${ours}; ${hiddenName(here)}`);
    if (name !== installation) return misfit(`${ours}; the log ${here} belongs to installation ${name}.`);
    return owner === database ? { kind: 'fits' } : misfit(adoptedBy(installation, here));
  }
  if (name === null && isHidden) return misfit(hiddenName(here));
  if (name === null) {
    if (adopt !== null) return misfit(`${setting} names ${adopt}; the log ${here} belongs to no installation.`);
    return { kind: 'write', event: { type: 'InstallationNamed', data: { installation, database } } };
  }
  if (owner === database) return { kind: 'settle', installation: name };
  if (remembered.hasPast)
    return misfit(
      `The log ${here} belongs to installation ${name} and its database; this database has followed another log.`,
    );
  if (adopt === null)
    return misfit(
      `The log ${here} belongs to installation ${name}, and this database is empty. Is it the wrong one? ` +
        `If the right one is lost, ${setting}=${name} makes this one take its place.`,
    );
  if (adopt !== name) return misfit(`${setting} names ${adopt}; the log ${here} belongs to installation ${name}.`);
  return { kind: 'write', event: { type: 'LogAdopted', data: { installation: name, database } } };
}

const setting = 'FORGERUN_ADOPT_LOG';

const hiddenName = (here: string): string =>
  `the log ${here} has a name that its store does not show. Take the retention off its stream ${installationStream}, ` +
  `or start once with the database that belongs to it, which names it again.`;

/** What an engine says whose database was replaced. */
export const adoptedBy = (installation: string, where: string): string =>
  `Another database has adopted the log ${where} of installation ${installation}; nothing may run on this one any more.`;

/** Behind "the log". */
export const placed = ({ store, namespace }: Place): string =>
  `in ${store}${namespace === null ? '' : `, namespace ${namespace}`}`;

/** Of a connection string, without whatever may be a secret. */
export const addressOf = (url: string): string => url.replace(/^([a-z+]+:\/\/)?(.*@)?([^?]*).*$/s, '$1$3');
