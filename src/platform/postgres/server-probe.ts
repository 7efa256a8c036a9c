import { type Socket } from 'node:net';
import pg from 'pg';
import { afterProcessTime } from '../clock/process-time.js';
import { sqlStateIn } from './errors.js';
import { ServerSilent, type SilenceLimits } from './silence.js';

/** What a server showed when it was asked over a connection of its own. */
export interface Sighting {
  /** It said something, if only that it takes no more connections. */
  readonly isAlive: boolean;
  /** Process ids of the backends that are at work; null when it cannot be known. */
  readonly working: ReadonlySet<number> | null;
}

/**
 * A backend that waits for its client is not at work: it has answered already, or the question never reached it.
 * `disabled` is what a server shows that is set not to track activities.
 */
const question = `
  select pg_backend_pid() as own, coalesce(array_agg(pid), '{}') as working from pg_stat_activity
  where state in ('active', 'disabled') and wait_event_type is distinct from 'Client'`;

/** Asks a server whether it lives, once for all connections that doubt it at the same time. */
export class ServerProbe {
  #looking: Promise<Sighting> | null = null;

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly onError: (error: Error) => void,
  ) {}

  look(limits: SilenceLimits): Promise<Sighting> {
    this.#looking ??= this.#ask(limits).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #ask({ probeMs, tickMs }: SilenceLimits): Promise<Sighting> {
    const { connectionString, host, port, user, password, database, ssl } = this.config;
    const client = new pg.Client({
      ...(connectionString === undefined ? { host, port, user, password, database, ssl } : { connectionString }),
      application_name: `forgerun:${process.pid}:probe`,
    }) as pg.Client & { readonly processID: number | null; readonly connection: { readonly stream: Socket } };
    const limit = afterProcessTime(
      probeMs,
      () => {
        client.connection.stream.destroy(new ServerSilent(`Postgres has not answered a probe for ${probeMs} ms`));
      },
      tickMs,
    );
    // Whatever breaks it also fails the question, and that error is reported.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ own: number; working: number[] }>(question);
      const { own, working = [] } = rows[0] ?? {};
      // Behind a pooler the process ids that clients receive are not those of backends.
      return { isAlive: true, working: own === client.processID ? new Set(working) : null };
    } catch (error) {
      return { isAlive: sqlStateIn(error) !== undefined, working: null };
    } finally {
      limit();
      // Not waited for: a dead peer answers no goodbye.
      client.end().catch(this.onError);
    }
  }
}
