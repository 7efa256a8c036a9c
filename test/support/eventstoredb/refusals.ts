import { Metadata, status } from '@grpc/grpc-js';

/** An error of the server as it goes over the wire: a status and trailers that the client turns into its own error. */
export class WireError extends Error {
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    // Trailers are ASCII; a real server cannot carry other stream names in them either.
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value.replace(/[^\x20-\x7e]/g, '?'));
  }
}

export const streamDeleted = (stream: string): WireError =>
  new WireError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const wrongExpectedVersion = (stream: string, expected: bigint, actual: bigint): WireError =>
  new WireError(
    status.FAILED_PRECONDITION,
    `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${String(expected)}, Actual version: ${String(actual)}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(expected),
      'actual-version': String(actual),
    },
  );

export const maxAppendSizeExceeded = (most: number): WireError =>
  new WireError(status.INVALID_ARGUMENT, `Maximum Append Size of ${most} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(most),
  });

export const metadataMissing = (property: string): WireError =>
  new WireError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': property,
  });

export const notLeader = (host: string, port: number): WireError =>
  new WireError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const timedOut = (): WireError => new WireError(status.ABORTED, 'Operation timed out: prepare or commit');

export const tooBusy = (): WireError => new WireError(status.UNAVAILABLE, 'Server Is Too Busy');

export const accessDenied = (): WireError =>
  new WireError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

/** A wrong password is turned away before the call is looked at, so there is no trailer that says why. */
export const unauthenticated = (): WireError => new WireError(status.UNAUTHENTICATED, 'Received HTTP status code 401');
