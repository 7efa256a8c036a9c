import type pg from 'pg';
import { sqlStateIn } from '../errors.js';
import { clientConfig, newClient } from '../pools.js';
import { type ClusterPlace } from './cluster-place.js';
import { superuser } from './create-cluster.js';
import { failpoint } from '../../failpoints/failpoint.js';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** A Unix socket folder takes the place of the host, encoded; pg and TypeORM both read it. */
export function connectionStringTo({ host, port, password }: Login, database: string): string {
  return `postgres://${superuser}:${password}@${encodeURIComponent(host)}:${port}/${encodeURIComponent(database)}`;
}

/**
 * The one connection a process keeps for as long as it uses the server: others see from it that the server is needed,
 * and the process notices by it at once when the server is gone.
 */
export class Presence {
  readonly #client: pg.Client;
  #leaving = false;

  private constructor(client: pg.Client, onLost: (cause: unknown) => void) {
    this.#client = client;
    let cause: unknown = null;
    client.on('error', (error) => (cause ??= error));
    client.on('end', () => {
      if (!this.#leaving) onLost(cause);
    });
  }

  static async enter(place: ClusterPlace, login: Login, onLost: (cause: unknown) => void): Promise<Presence> {
    const client = adminClient(login, 'presence');
    const presence = new Presence(client, (cause) => {
      if (entered) onLost(cause);
    });
    let entered = false;
    await client.connect();
    const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder");
    if (rows[0]?.folder !== place.cluster) {
      await presence.leave();
      throw new Error(`The server at ${login.host} serves ${rows[0]?.folder ?? 'nothing'}, not ${place.cluster}`);
    }
    entered = true;
    return presence;
  }

  /** Whether another process, or another opening in this one, is connected. */
  async isShared(): Promise<boolean> {
    const { rows } = await this.#client.query<{ shared: boolean }>(
      `select exists (
         select from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name like 'forgerun:%'
           and (split_part(application_name, ':', 2) <> $1 or application_name = $2)
       ) as shared`,
      [String(process.pid), `forgerun:${process.pid}:presence`],
    );
    return rows[0]?.shared === true;
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    await this.#client.end();
  }
}

/** Makes the database unless it is there. */
export async function createDatabase(login: Login, name: string): Promise<void> {
  const client = adminClient(login, 'setup');
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
      failpoint('database.made');
    }
  } catch (error) {
    // Another process was faster.
    if (!['42P04', '23505'].includes(sqlStateIn(error) ?? '')) throw error;
  } finally {
    await client.end();
  }
}

/** What breaks it also fails what was asked on it, or ends its presence. */
const heardElsewhere = (): void => undefined;

const adminClient = (login: Login, name: string): pg.Client =>
  newClient(
    clientConfig({
      connectionString: connectionStringTo(login, 'postgres'),
      name,
      statementTimeoutMs: 60_000,
      connectTimeoutMs: 10_000,
      onError: heardElsewhere,
    }),
    heardElsewhere,
  );
