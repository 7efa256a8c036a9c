import { ForgeRunClient } from '../../sdk/client.js';
import { HttpConnection } from '../../sdk/http-connection.js';

/** One client of the engine, made for this run. */
export interface Tenant {
  readonly index: number;
  readonly clientId: string;
  readonly client: ForgeRunClient;
  /** For what the typed client cannot say: what is malformed, and the events of a whole client. */
  readonly http: HttpConnection;
}

export interface EngineAddress {
  readonly url: string;
  /** The operator's, which may make clients. */
  readonly adminKey: string;
}

/** Makes clients with a key each. They are new, so that what other runs left behind is not theirs. */
export async function makeTenants({ url, adminKey }: EngineAddress, count: number): Promise<readonly Tenant[]> {
  const operator = new ForgeRunClient({ url, apiKey: adminKey });
  const tenants: Tenant[] = [];
  for (let index = 0; index < count; index += 1) {
    const { clientId } = await operator.clients.create(`simulated ${index}`);
    const { apiKey } = await operator.keys.create(clientId);
    const options = { url, apiKey: apiKey ?? '' };
    tenants.push({ index, clientId, client: new ForgeRunClient(options), http: new HttpConnection(options) });
  }
  return tenants;
}
