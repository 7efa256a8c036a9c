import { type Pool, type QueryResult } from 'pg';
import { sendTogether } from '../../platform/postgres/send-together.js';
import { type Statement } from './statement.js';

/**
 * Runs statements that do not need each other's answers as one transaction. On a pipelined pool BEGIN, all of them and
 * COMMIT travel back to back. Rejects with the first error; then nothing was written, unless the connection was lost.
 */
export async function writeTogether(pool: Pool, statements: readonly Statement[]): Promise<void> {
  const client = await pool.connect();
  // A connection that breaks fails the statements on it, and those errors are handled below.
  const onError = (): void => undefined;
  client.on('error', onError);
  const answers = sendTogether(client, (): Promise<QueryResult>[] => [
    client.query('BEGIN'),
    ...statements.map(({ name, text, values }) => client.query({ name, text, values: [...values] })),
    client.query('COMMIT'),
  ]);
  const settled = await Promise.allSettled(answers);
  client.off('error', onError);
  const failure = settled.find((answer) => answer.status === 'rejected');
  if (failure === undefined) {
    client.release();
    return;
  }
  // Statements behind the failed one may be half prepared on this connection; errors are rare, so it goes.
  client.release(true);
  throw failure.reason;
}
