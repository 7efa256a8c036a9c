import { isNativeError } from 'node:util/types';

/**
 * What an error from Postgres says about the statement it answers. Between the two questions here lies "unknown": an I/O
 * error or a lost connection may be the answer to a commit that happened.
 */

const sqlState = /^[0-9A-Z]{5}$/;

/** Worth another try later: the connection, the server or its resources were at fault, not the statement. */
export const isTransient = (error: unknown): boolean => chain(error).some(isTransientItself);

/**
 * The server cannot answer now, or lets this client in no more: the statement was not judged. A fault of the statement or
 * of the program that sends it is none of these.
 */
export const isServerAway = (error: unknown): boolean =>
  isTransient(error) || awayStates.test(sqlStateIn(error) ?? '') || chain(error).some(isPoolEnded);

/** Postgres looked at the statement and refused it: nothing of it is stored, and saying it again would be refused again. */
export const isDefiniteRejection = (error: unknown): boolean =>
  chain(error).some((link) => /^(22|23|42)/.test(sqlStateOf(link) ?? ''));

/** The five characters Postgres gave, also through TypeORM's wrapping. */
export const sqlStateIn = (error: unknown): string | undefined =>
  chain(error)
    .map(sqlStateOf)
    .find((code) => code !== undefined);

/** The server answered that the statement waited too long: another session holds a lock that it needs. */
export const isLockedOut = (error: unknown): boolean => ['55P03', '57014'].includes(sqlStateIn(error) ?? '');

function isTransientItself(error: Error): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return transientStates.test(state);
  const code = codeOf(error);
  if (code !== undefined && networkCodes.has(code)) return true;
  return isSocketMissing(error, code) || driverMessages.test(error.message);
}

// 08 connection, 53 resources, 57P01-3 and 57P05 server going or coming, 57014 time-out, 40 serialization and deadlock,
// 55P03 row held too long, 55006 object in use, 25P0x transaction timed out, 25006 no longer the primary, 58030 I/O.
const transientStates =
  /^(08...|53...|57P01|57P02|57P03|57P05|57014|40001|40P01|40003|55P03|55006|25P03|25P04|25006|58030)$/;

// 28 who logs in, 3D000 and 55000 a database that is not there or takes no connections, 57P04 that was dropped, 58 its system.
const awayStates = /^(28...|3D000|55000|57P04|58...)$/;

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTCONN',
  'EAI_AGAIN',
  'EMFILE',
  'ENFILE',
]);

// What pg says in words only.
const driverMessages =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable)/;

/** Asked for while this process lets go of the database. */
const isPoolEnded = ({ message }: Error): boolean => message.startsWith('Cannot use a pool after calling end');

/** A Unix socket whose server is away. */
const isSocketMissing = (error: Error, code: string | undefined): boolean =>
  code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** `EPIPE` has the form of an SQLSTATE, but no SQLSTATE begins with E. */
function sqlStateOf(error: Error): string | undefined {
  const code = codeOf(error);
  return code !== undefined && sqlState.test(code) && !code.startsWith('E') ? code : undefined;
}

/** The error and everything it wraps: `cause`, TypeORM's `driverError`, the parts of an AggregateError. */
function chain(error: unknown, depth = 0): readonly Error[] {
  // Not by `instanceof`: under jest, Node's own errors come from another realm.
  if (!isNativeError(error) || depth > 8) return [];
  const wrapped: unknown[] = [error.cause];
  if ('driverError' in error) wrapped.push(error.driverError);
  if ('errors' in error && Array.isArray(error.errors)) wrapped.push(...(error.errors as unknown[]));
  return [error, ...wrapped.flatMap((inner) => chain(inner, depth + 1))];
}
