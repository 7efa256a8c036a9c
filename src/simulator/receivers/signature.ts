import { createHmac, timingSafeEqual } from 'node:crypto';

/** What of a request its signature is made of. */
export interface Signed {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
  /** One or more, separated by blanks. */
  readonly signatures: string;
}

/** Whether one of the signatures is that of Standard Webhooks with this secret (`whsec_…`). */
export function isSignedWith(secret: string, { id, timestamp, body, signatures }: Signed): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',');
    const bytes = Buffer.from(text, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
