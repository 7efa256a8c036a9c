import { type DataSource } from 'typeorm';
import { openDataSource } from './data-source.js';

/** The query builder of the read side, on connections of its own. */
export type ReadSource = DataSource;

export const openReadSource = (connectionString: string, onError: (error: Error) => void): Promise<ReadSource> =>
  openDataSource({ connectionString, name: 'read', max: 8, statementTimeoutMs: 5_000, onError });
