import { ForgeRunError } from '../../sdk/forge-run-error.js';
import { HttpConnection } from '../../sdk/http-connection.js';
import { CannotRun } from '../cannot-run.js';
import { type EngineAddress } from './tenants.js';

const path = '/v1/admin/status';

/** Makes sure that what listens there is ForgeRun, and takes this key for its operator's. Throws `CannotRun` where it is not. */
export async function mustBeEngine({ url, adminKey }: EngineAddress, signal: AbortSignal): Promise<void> {
  const http = new HttpConnection({ url, apiKey: adminKey, signal });
  try {
    const { text } = await http.send({ method: 'GET', path });
    if (!isStatus(text)) throw new CannotRun(`${isNone(url)} was answered with something else than its status`);
  } catch (error) {
    // Its own words say what is wrong.
    if (!(error instanceof ForgeRunError) || error.code.startsWith('RFA_')) throw error;
    throw new CannotRun(`${isNone(url)} was answered with ${error.status}`, { cause: error });
  }
}

const isNone = (url: string): string => `what listens at ${url} (--url) is not ForgeRun: GET ${path}`;

function isStatus(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'version' in value && 'followers' in value;
  } catch {
    return false;
  }
}
