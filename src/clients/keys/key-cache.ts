import { type Observable, Subject } from 'rxjs';
import { type Position } from '../../kernel/recorded.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type ClientEvent } from '../domain/client.events.js';
import { isOpen } from '../domain/client.state.js';
import { FreshCache } from './fresh-cache.js';
import { type KeyRecord, type KeyRecords } from './key-records.js';
import { KeysUncertain } from './key.refusals.js';

const environment = 'environment';

// What becomes of a key arrives as an event; asking now and then mends what should never need it. A key that is not
// there may come: its event may be older than this node, and the read model behind.
const keyLimits = { freshMs: 60_000, missingFreshMs: 500, maxFound: 10_000, maxMissing: 10_000, maxWaiting: 2_000 };
// A client that exists never stops existing.
const clientLimits = { freshMs: 60_000, maxFound: 10_000, maxMissing: 0, maxWaiting: 2_000 };

/** The keys and clients this node has met lately. An event of a key makes it be looked at anew. */
export class KeyCache {
  readonly #revoked = new Subject<string>();
  readonly #keys: FreshCache<KeyRecord>;
  readonly #fromEnvironment: FreshCache<readonly KeyRecord[]>;
  readonly #clients: FreshCache<true>;
  /** Up to where keys may exist that neither events nor the read model have told of; null: nowhere. */
  #missedUntil: Position | null | 'unknown' = 'unknown';

  constructor(
    private readonly records: KeyRecords,
    private readonly clock: Clock,
    /** Whether the read model of keys holds everything up to that position. */
    private readonly hasProjected: (position: Position) => boolean,
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

  /** Key events behind this position will be told here; those before it are the read model's. */
  beginsAfter(position: Position | null): void {
    this.#missedUntil = position;
  }

  /** Null: there is no such key. Throws `KeysUncertain` where there may be one that the read model has not yet. */
  async key(keyId: string): Promise<KeyRecord | null> {
    const knowsAll = this.#knowsAll();
    const key = await this.#keys.get(keyId);
    if (key === null && !knowsAll) throw new KeysUncertain();
    return key;
  }

  #knowsAll(): boolean {
    if (this.#missedUntil === null) return true;
    if (this.#missedUntil === 'unknown' || !this.hasProjected(this.#missedUntil)) return false;
    this.#missedUntil = null;
    // It may have been looked for before the read model had it.
    this.#keys.forgetAll();
    return true;
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

  /** Takes what happened to a client, here or on another node: it counts here from now on. */
  onEvent(event: ClientEvent): void {
    if (event.type === 'ClientCreated') return;
    const { keyId, clientId } = event.data;
    if (event.type === 'KeyIssued') this.records.belongs(keyId, clientId);
    this.#keys.forget(keyId);
    this.#fromEnvironment.forget(environment);
    if (event.type === 'KeyRevoked') this.#revoked.next(keyId);
  }

  /** Ids of keys, as the events of their revocation arrive. */
  get revoked(): Observable<string> {
    return this.#revoked;
  }

  /** Something happened that this release cannot read. */
  forgetAll(): void {
    this.#keys.forgetAll();
    this.#fromEnvironment.forgetAll();
  }
}
