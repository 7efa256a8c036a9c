/** It goes on and has not come to an end yet: worth another try, as `isTransient` says of its code. */
export class StillBusy extends Error {
  readonly code = 'ETIMEDOUT';
}
