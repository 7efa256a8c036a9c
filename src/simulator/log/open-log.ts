import { EventStoreDbLog } from './eventstoredb-log.js';
import { type LogAddress } from './log-address.js';
import { PostgresLog } from './postgres-log.js';
import { type StoredLog } from './stored-log.js';

export async function openLog(address: LogAddress): Promise<StoredLog> {
  const { url, namespace = null } = address;
  return address.kind === 'postgres' ? new PostgresLog(url, namespace) : await EventStoreDbLog.open(url, namespace);
}
