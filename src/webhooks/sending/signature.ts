import { createHmac } from 'node:crypto';
import { keyOf } from '../secrets/secret-maker.js';

/** `webhook-signature` of Standard Webhooks 1.0: one `v1` for each secret in force, newest first. */
export function signatureOf(id: string, timestampSeconds: number, body: Buffer, secrets: readonly string[]): string {
  return secrets
    .map((secret) => createHmac('sha256', keyOf(secret)).update(`${id}.${timestampSeconds}.`).update(body))
    .map((hmac) => `v1,${hmac.digest('base64')}`)
    .join(' ');
}
