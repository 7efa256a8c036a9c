import { type Sealing } from '../../platform/sealing/sealing.js';

const prefix = 'whsec_';
const secretBytes = 32;

/** Makes signing secrets as Standard Webhooks writes them. */
export class SecretMaker {
  constructor(
    private readonly sealing: Sealing,
    private readonly randomBytes: (count: number) => Buffer,
  ) {}

  /** The text is shown once and then only kept sealed. */
  make(owner: string): { readonly secret: string; readonly sealedSecret: string } {
    const secret = `${prefix}${this.randomBytes(secretBytes).toString('base64')}`;
    return { secret, sealedSecret: this.sealing.seal(secret, owner) };
  }
}

/** The bytes that sign. */
export const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(prefix.length), 'base64');
