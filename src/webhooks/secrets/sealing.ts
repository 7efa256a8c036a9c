import { createCipheriv, createDecipheriv } from 'node:crypto';

const form = 'a1';
const nonceBytes = 12;
const tagBytes = 16;

/** Keeps secrets so that the log and its copies do not give them away: AES-256-GCM under a key that all nodes share. */
export class Sealing {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: (count: number) => Buffer,
  ) {}

  /** `owner` is bound to it: a sealed secret that is moved to another owner does not open. */
  seal(secret: string, owner: string): string {
    const nonce = this.randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${form}.${sealed.toString('base64url')}`;
  }

  /** Throws when it was sealed under another key or for another owner, or was touched. */
  open(sealed: string, owner: string): string {
    const [version, text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    if (version !== form || bytes.length < nonceBytes + tagBytes) throw new Error('this is no sealed secret');
    const tag = bytes.subarray(bytes.length - tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
    const content = bytes.subarray(nonceBytes, bytes.length - tagBytes);
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
  }
}
