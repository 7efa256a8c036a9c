import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type SealingKey } from './sealing-key.js';

const form = 'a2';
/** Until keys had fingerprints there was one, which lay in the database. */
const formWithoutFingerprint = 'a1';
const nonceBytes = 12;
const tagBytes = 16;

interface SealingKeys {
  /** Seals. */
  readonly current: SealingKey;
  /** Open what they have sealed. */
  readonly others: readonly SealingKey[];
  /** The key that lay in the database; null where everything that it sealed has been sealed anew. */
  readonly fromDatabase: Buffer | null;
  /** What an older key has sealed may be there, and no node can open it. */
  readonly isOlderLost: boolean;
}

/** It was sealed with a key that this node does not have. */
export class SealedWithOtherKey extends Error {
  override readonly name = 'SealedWithOtherKey';

  constructor(owner: string, fingerprint: string | null) {
    const key = fingerprint === null ? 'the key that lay in the database' : `the key ${fingerprint}`;
    super(`what is secret of ${owner} was sealed with ${key}, which this node does not have`);
  }
}

/** Keeps secrets so that the log, the database and their copies do not give them away: AES-256-GCM, with the key elsewhere. */
export class Sealing {
  constructor(
    private readonly keys: SealingKeys,
    private readonly randomBytes: (count: number) => Buffer,
  ) {}

  /** `owner` is bound to it: a sealed secret that is moved to another owner does not open. */
  seal(secret: string, owner: string): string {
    const { bytes, fingerprint } = this.keys.current;
    const nonce = this.randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${form}.${fingerprint}.${sealed.toString('base64url')}`;
  }

  /** Throws `SealedWithOtherKey`, or another error when it was sealed for another owner or was touched. */
  open(sealed: string, owner: string): string {
    const { key, text } = this.#partsOf(sealed, owner);
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < nonceBytes + tagBytes) throw new Error('this is no sealed secret');
    const tag = bytes.subarray(bytes.length - tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
    const content = bytes.subarray(nonceBytes, bytes.length - tagBytes);
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
  }

  /** Whether the key in force has sealed it. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${form}.${this.keys.current.fingerprint}.`);
  }

  /** Whether something may be there that another key than the one in force has sealed. */
  get mayMeetOlder(): boolean {
    const { others, fromDatabase, isOlderLost } = this.keys;
    return others.length > 0 || fromDatabase !== null || isOlderLost;
  }

  #partsOf(sealed: string, owner: string): { readonly key: Buffer; readonly text: string } {
    const [version, first = '', second = ''] = sealed.split('.');
    if (version === formWithoutFingerprint) {
      if (this.keys.fromDatabase === null) throw new SealedWithOtherKey(owner, null);
      return { key: this.keys.fromDatabase, text: first };
    }
    if (version !== form) throw new Error('this is no sealed secret');
    const { current, others } = this.keys;
    const key = [current, ...others].find(({ fingerprint }) => fingerprint === first);
    if (key === undefined) throw new SealedWithOtherKey(owner, first);
    return { key: key.bytes, text: second };
  }
}
