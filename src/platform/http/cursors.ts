import { type Fault } from '../../kernel/refusal.js';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { RequestMalformed } from './http.refusals.js';

const macBytes = 16;

const faultOfCursor: Fault = {
  pointer: '/cursor',
  detail: 'must be a next_cursor of the same list with the same filters',
};

/** Opaque places in a list. A cursor counts only for the reader and the filter it was made for, and not if it was touched. */
export class Cursors {
  constructor(private readonly secret: Buffer) {}

  make(scope: readonly unknown[], place: string): string {
    const body = Buffer.from(place, 'utf8');
    return Buffer.concat([this.#mac(scope, body), body]).toString('base64url');
  }

  /** Throws `RequestMalformed`, with the fault of where the cursor was given. */
  read(scope: readonly unknown[], cursor: string, fault: Fault = faultOfCursor): string {
    const bytes = Buffer.from(cursor, 'base64url');
    const body = bytes.subarray(macBytes);
    const isWhole = bytes.length > macBytes && bytes.toString('base64url') === cursor;
    if (!isWhole || !timingSafeEqual(bytes.subarray(0, macBytes), this.#mac(scope, body)))
      throw new RequestMalformed('The cursor does not belong to this list.', [fault]);
    return body.toString('utf8');
  }

  #mac(scope: readonly unknown[], body: Buffer): Buffer {
    return createHmac('sha256', this.secret)
      .update(JSON.stringify(scope))
      .update('\0')
      .update(body)
      .digest()
      .subarray(0, macBytes);
  }
}
