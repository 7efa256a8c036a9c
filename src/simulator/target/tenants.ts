import { ForgeRunClient } from '../../sdk/client.js';
import { HttpConnection } from '../../sdk/http-connection.js';

/** One client of the engine, made for this run. */
export interface Tenant {
  readonly index: number;
  readonly clientId: string;
  readonly client: ForgeRunClient;
  /** For what the typed client cannot say: what is malformed. */
  readonly http: HttpConnection;
  /** For who reads what became of it all, and has the patience that an engine may need after what it suffered. */
  readonly reader: { readonly client: ForgeRunClient; readonly http: HttpConnection };
}

export interface EngineAddress {
  readonly url: string;
  /** The operator's, which may make clients. */
  readonly adminKey: string;
}

/** With their pauses they take more than four minutes: a machine may be full with what has piled up. */
const patientRetries = 75;

/** Makes clients with a key each. They are new, so that what other runs left behind is not theirs. The signal ends all of their calls. */
export async function makeTenants(
  { url, adminKey }: EngineAddress,
  count: number,
  signal: AbortSignal,
): Promise<readonly Tenant[]> {
  const operator = new ForgeRunClient({ url, apiKey: adminKey, signal });
  const tenants: Tenant[] = [];
  for (let index = 0; index < count; index += 1) {
    const { clientId } = await operator.clients.create(`simulated ${index}`);
    const { apiKey } = await operator.keys.create(clientId);
    const options = { url, apiKey: apiKey ?? '', signal };
    const patient = { ...options, maxRetries: patientRetries };
    tenants.push({
      ...{ index, clientId, client: new ForgeRunClient(options), http: new HttpConnection(options) },
      reader: { client: new ForgeRunClient(patient), http: new HttpConnection(patient) },
    });
  }
  return tenants;
}
