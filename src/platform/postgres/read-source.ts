import { DataSource } from 'typeorm';

/** The query builder of the read side, on connections of its own. */
export type ReadSource = DataSource;

export async function openReadSource(connectionString: string, onError: (error: Error) => void): Promise<ReadSource> {
  const source = new DataSource({
    type: 'postgres',
    poolSize: 4,
    installExtensions: false,
    applicationName: `forgerun:${process.pid}:read`,
    connectTimeoutMS: 5000,
    poolErrorHandler: onError,
    // Not as `url`, which TypeORM takes apart: pg alone knows sockets and every TLS parameter.
    extra: { connectionString, keepAlive: true, statement_timeout: 10_000 },
  });
  return await source.initialize();
}
