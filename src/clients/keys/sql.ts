import { type Pool } from 'pg';

/** As much of a pool as this module needs. */
export type Sql = Pick<Pool, 'query'>;
