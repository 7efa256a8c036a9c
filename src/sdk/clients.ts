import { Calls, step } from './calls.js';
import { type ApiKey, type Client } from './model.js';

interface KeyRequest {
  readonly name?: string;
  readonly rotate?: boolean;
  readonly scopes?: readonly string[];
  readonly expiresInDays?: number;
}

/** Clients, for the operator's key. */
export class Clients extends Calls {
  create(name?: string): Promise<Client> {
    return this.write<Client>('POST', '/v1/clients', { name }, false);
  }

  get(clientId: string): Promise<Client> {
    return this.read<Client>(`/v1/clients/${step(clientId)}`);
  }
}

/** The keys of one client. */
export class Keys extends Calls {
  create(clientId: string, request: KeyRequest = {}): Promise<ApiKey> {
    return this.write<ApiKey>('POST', `/v1/clients/${step(clientId)}/keys`, request, false);
  }

  async list(clientId: string): Promise<readonly (Omit<ApiKey, 'apiKey'> & { readonly lastUsedAt: string | null })[]> {
    return (await this.read<{ items: Awaited<ReturnType<Keys['list']>> }>(`/v1/clients/${step(clientId)}/keys`)).items;
  }

  renew(clientId: string, options: { keyId?: string; overlapSeconds?: number } = {}): Promise<ApiKey> {
    return this.write<ApiKey>('POST', `/v1/clients/${step(clientId)}/keys/renew`, options, false);
  }

  revoke(clientId: string, keyId: string): Promise<{ readonly revoked: true }> {
    return this.write('POST', `/v1/clients/${step(clientId)}/keys/revoke`, { keyId }, true);
  }
}
