import { ClientFeed } from '../../clients/keys/client-feed.js';
import { type AdminKeyOutcome, Operator } from '../../clients/operator.js';
import { HeartbeatReception } from '../../jobs/leasing/heartbeat-reception.js';
import { type HttpApp } from '../../platform/http/http-server.module.js';
import { type Storage } from '../storage.js';
import { type Application } from './open-application.js';
import { type Following } from './start-following.js';
import { type Starting } from './starting.js';

interface OpenApi {
  readonly url: string | null;
  /** What became of the admin key at this start. */
  readonly adminKey: AdminKeyOutcome | null;
}

/** Lets callers in, last of all. */
export async function openToCallers(
  starting: Starting,
  { context }: Application,
  http: HttpApp,
  storage: Storage,
  { progress }: Following,
): Promise<OpenApi> {
  const { config, log, shutdown } = starting;
  // Until then it does not know which keys are in force.
  const keys = context.get(ClientFeed, { strict: false });
  await starting.reached('event store', () => keys.start());
  // Before the key is made: a start that fails here must not have used up the one time it is shown.
  const url = await http.listen(config.port, config.host);
  const reception = context.get(HeartbeatReception, { strict: false });
  await reception.start();
  shutdown.add('heartbeat reception', () => reception.stop());
  const operator = context.get(Operator, { strict: false });
  const adminKey = await starting.reached('event store', () => operator.ensure(config.adminKey));
  // A key that was printed must open at once. Another process may project it, and it may be slow to start.
  const head = await starting.reached('event store', () => storage.store.head());
  if (head !== null && !(await progress.waitFor('api-keys', head, 10_000)))
    log.warn({ action: 'waiting_for_projector', projection: 'api-keys' });
  return { url, adminKey };
}
