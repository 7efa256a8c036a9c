import type { Clock } from '../../platform/clock/clock.js';
import { isOpen } from '../domain/client.state.js';
import { FreshCache } from './fresh-cache.js';
import type { KeyRecord, KeyRecords } from './key-records.js';

const environment = 'environment';

// A revoked key must be refused within a second on every node; half of that is for the read model to arrive.
const keyLimits = { freshMs: 500, mostFound: 10_000, mostMissing: 10_000, mostWaiting: 2_000 };
// A client that exists never stops existing.
const clientLimits = { freshMs: 60_000, mostFound: 10_000, mostMissing: 0, mostWaiting: 2_000 };

/** The keys and clients this node has met lately, as the read model knew them half a second ago at most. */
export class KeyRing {
  readonly #keys: FreshCache<KeyRecord>;
  readonly #fromEnvironment: FreshCache<readonly KeyRecord[]>;
  readonly #clients: FreshCache<true>;

  constructor(
    records: KeyRecords,
    private readonly clock: Clock,
    onRefreshFailed: (cause: unknown) => void,
  ) {
    this.#keys = new FreshCache((ids) => records.find(ids), clock, keyLimits, onRefreshFailed);
    this.#fromEnvironment = new FreshCache(
      async () => new Map([[environment, await records.fromEnvironment()]]),
      clock,
      keyLimits,
      onRefreshFailed,
    );
    this.#clients = new FreshCache(
      async (ids) => new Map([...(await records.clients(ids))].map((id) => [id, true])),
      clock,
      clientLimits,
      onRefreshFailed,
    );
  }

  key(keyId: string): Promise<KeyRecord | null> {
    return this.#keys.get(keyId);
  }

  /** One look-up for all callers, so texts that are no keys of ours cost the store nothing. */
  async keysFromEnvironment(): Promise<readonly KeyRecord[]> {
    return (await this.#fromEnvironment.get(environment)) ?? [];
  }

  async hasClient(clientId: string): Promise<boolean> {
    return (await this.#clients.get(clientId)) ?? false;
  }

  /** For answers that go on for long: whether the key that asked for them still opens. */
  async isOpen(keyId: string): Promise<boolean> {
    const key = await this.#keys.get(keyId);
    return key !== null && isOpen(key, this.clock.now());
  }

  /** Called when this node has changed a key, whose change then counts here at once. */
  forget(keyIds: readonly string[]): void {
    for (const keyId of keyIds) this.#keys.forget(keyId);
    this.#fromEnvironment.forget(environment);
  }
}
