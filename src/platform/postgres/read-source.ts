import { type DataSource } from 'typeorm';
import { type TableShape } from '../../kernel/row-change.js';
import { openDataSource } from './data-source.js';
import { entityOf } from './entities.js';

/** The read models as TypeORM reads them, on connections of their own. */
export type ReadSource = DataSource;

/** As many as reads, lists and reports are let at them at once. */
const max = 18;

export const openReadSource = (
  connectionString: string,
  tables: readonly TableShape[],
  onError: (error: Error) => void,
): Promise<ReadSource> =>
  openDataSource(
    { connectionString, name: 'read', max, statementTimeoutMs: 5_000, onError },
    { entities: tables.map(entityOf) },
  );
