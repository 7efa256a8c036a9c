import { type Streams } from '../../engine/commands/streams.js';
import { environmentKeyName } from '../domain/client.decider.js';
import { type Client, type Key } from '../domain/client.state.js';
import { keyScopes } from '../domain/key-scopes.js';
import { type KeyRecord, KeyRecords } from './key-records.js';
import { type PostgresKeyIndex } from './postgres-key-index.js';
import { clientStream } from '../domain/client.stream.js';

const maxOwners = 10_000;
const maxFromEnvironment = 100;

/**
 * Keys and clients as the streams of the clients have them. The read model only says whose a key is: whether it is in force is
 * nothing that may wait for a projector.
 */
export class StreamKeyRecords extends KeyRecords {
  /** Keys that were issued since this node began: the read model may not have them yet. */
  readonly #owners = new Map<string, string>();

  constructor(
    private readonly streams: Streams,
    private readonly index: Pick<PostgresKeyIndex, 'ownersOf'>,
    private readonly operatorId: string,
  ) {
    super();
  }

  belongs(keyId: string, clientId: string): void {
    this.#owners.set(keyId, clientId);
    if (this.#owners.size <= maxOwners) return;
    const oldest = this.#owners.keys().next();
    if (oldest.done !== true) this.#owners.delete(oldest.value);
  }

  async find(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRecord>> {
    const unknown = keyIds.filter((keyId) => !this.#owners.has(keyId));
    const listed = unknown.length === 0 ? new Map<string, string>() : await this.index.ownersOf(unknown);
    const ownerOf = (keyId: string): string | undefined => this.#owners.get(keyId) ?? listed.get(keyId);
    const clientIds = [...new Set(keyIds.flatMap((keyId) => ownerOf(keyId) ?? []))];
    const states = await this.streams.loadAll(clientStream, clientIds);
    const clients = new Map(clientIds.map((clientId, place) => [clientId, states[place]?.state]));
    return new Map(
      keyIds.flatMap((keyId) => {
        const key = keysOf(clients.get(ownerOf(keyId) ?? '')).find((each) => each.keyId === keyId);
        return key === undefined ? [] : [[keyId, recordOf(key)]];
      }),
    );
  }

  async fromEnvironment(): Promise<readonly KeyRecord[]> {
    const { state } = await this.streams.load(clientStream, this.operatorId);
    const given = keysOf(state).filter(({ name }) => name === environmentKeyName);
    return given.slice(-maxFromEnvironment).reverse().map(recordOf);
  }

  async clients(clientIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.streams.loadAll(clientStream, clientIds);
    return new Set(clientIds.filter((_, place) => found[place]?.state.state === 'LIVE'));
  }
}

const keysOf = (client: Client | undefined): readonly Key[] =>
  client?.state === 'LIVE' ? Object.values(client.keys) : [];

const recordOf = ({ keyId, clientId, scopes, hash, expiresAt, retiresAt, revokedAt }: Key): KeyRecord => ({
  keyId,
  clientId,
  // A scope this version does not know opens nothing.
  scopes: keyScopes.filter((scope) => scopes.includes(scope)),
  hash,
  expiresAt,
  retiresAt,
  revokedAt,
});
