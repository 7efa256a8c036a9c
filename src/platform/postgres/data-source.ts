import { DataSource, type DataSourceOptions } from 'typeorm';
import { heardFromTheConnection, poolConfig, type PoolOptions } from './pools.js';

type More = Partial<Omit<Extract<DataSourceOptions, { type: 'postgres' }>, 'type' | 'extra'>>;

/** TypeORM on connections that are made like all others. */
export async function openDataSource(options: PoolOptions, more: More = {}): Promise<DataSource> {
  const source = new DataSource({
    ...more,
    type: 'postgres',
    installExtensions: false,
    poolErrorHandler: heardFromTheConnection,
    // Not as `url`, which TypeORM takes apart: pg alone knows sockets and every TLS parameter.
    extra: poolConfig(options),
  });
  return await source.initialize();
}
