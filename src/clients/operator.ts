import { derivedId, type Ids } from '../platform/ids/ids.js';
import { type MadeKey, ProvideAdminKey } from './domain/client.commands.js';
import { AdminKeyRevoked } from './domain/client.refusals.js';
import { hashOf, keyIdOf } from './keys/api-key.js';
import { type KeyMaker } from './keys/key-maker.js';

/** The built-in client that the admin key belongs to. */
export const operatorId = derivedId('client', 'operator');

export type AdminKeyOutcome =
  /** A key with all rights was in force before. */
  | { readonly kind: 'kept' }
  /** The key from the environment opens; one that it gave before does not. */
  | { readonly kind: 'given' }
  /** No key with all rights was in force; this one is, and it is shown only once. */
  | { readonly kind: 'generated'; readonly apiKey: string }
  /** The environment names a key that was revoked, and it stays so. */
  | { readonly kind: 'revoked'; readonly detail: string };

/** Sees to it at start that the operator has a key in force. Several processes may do so at once: one of them wins. */
export class Operator {
  /** Made once, so that asking again after a lost answer asks for the same key. */
  #generated: { readonly apiKey: string; readonly command: ProvideAdminKey } | null = null;

  constructor(
    private readonly provide: (command: ProvideAdminKey) => Promise<boolean>,
    private readonly ids: Ids,
    private readonly maker: KeyMaker,
  ) {}

  /** May be called again when it failed. */
  async ensure(adminKey: string | null): Promise<AdminKeyOutcome> {
    return adminKey === null ? this.#generate() : this.#take(adminKey);
  }

  async #generate(): Promise<AdminKeyOutcome> {
    this.#generated ??= this.#newKey();
    const { apiKey, command } = this.#generated;
    return (await this.provide(command)) ? { kind: 'generated', apiKey } : { kind: 'kept' };
  }

  #newKey(): { readonly apiKey: string; readonly command: ProvideAdminKey } {
    const { apiKey, key } = this.maker.make();
    return { apiKey, command: this.#command(key, 'generated') };
  }

  async #take(adminKey: string): Promise<AdminKeyOutcome> {
    const hash = hashOf(adminKey);
    const keyId = keyIdOf(adminKey) ?? derivedId('key', operatorId, hash);
    try {
      await this.provide(this.#command({ keyId, hash }, 'environment'));
      return { kind: 'given' };
    } catch (cause) {
      if (cause instanceof AdminKeyRevoked) return { kind: 'revoked', detail: cause.message };
      throw cause;
    }
  }

  #command(key: MadeKey, source: ProvideAdminKey['source']): ProvideAdminKey {
    return new ProvideAdminKey(operatorId, key, source).because({
      commandId: this.ids.next(),
      actor: 'process:start',
      correlationId: null,
      causationId: null,
      traceparent: null,
    });
  }
}
