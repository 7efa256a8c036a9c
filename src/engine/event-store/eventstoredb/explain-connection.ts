import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { within } from './backoff.js';
import { connect, type Connection } from './connection.js';
import { asError } from './failures.js';
import { type Address, type Addresses, addressesIn } from './connection-string.js';

/**
 * What keeps a connection string from working, in words for the person who wrote it; an empty list when nothing does.
 * Each step is tried only when the one before it went well, so that the first sentence is the cause.
 */
export async function explainConnection(connectionString: string, stepMs = 4000): Promise<string[]> {
  let addresses: Addresses;
  let connection: Connection;
  try {
    addresses = addressesIn(connectionString);
    connection = await connect(connectionString, { onError: () => undefined, lane: 3 });
  } catch (error) {
    return [`The connection string is not right: ${withoutPassword(asError(error).message, connectionString)}`];
  }
  try {
    const faults = await Promise.all(addresses.hosts.map((host) => faultOfHost(host, addresses, stepMs)));
    const found = faults.filter((fault) => fault !== null);
    // One member of a cluster that answers is enough to go on.
    if (found.length === addresses.hosts.length) return found;
    return [...found, ...(await faultsOfServer(connection, connectionString, stepMs))];
  } finally {
    await connection.close();
  }
}

async function faultOfHost(host: Address, { secure, caFile }: Addresses, stepMs: number): Promise<string | null> {
  const place = `${host.name}:${host.port}`;
  try {
    await within(stepMs, lookup(host.name));
  } catch (error) {
    return `The name ${host.name} cannot be looked up (${asError(error).message}). Is it spelt right, and does DNS know it?`;
  }
  try {
    await within(stepMs, opened(net.connect(host.port, host.name), 'connect'));
  } catch (error) {
    return `Nothing accepts connections at ${place} (${reasonOf(error)}). Is EventStoreDB running there, and is 2113 its port?`;
  }
  if (!secure) return null;
  try {
    const ca = caFile === null ? undefined : readFileSync(caFile);
    const options = { host: host.name, port: host.port, servername: net.isIP(host.name) > 0 ? '' : host.name };
    await within(
      stepMs,
      opened(tls.connect({ ...options, ALPNProtocols: ['h2'], ...(ca && { ca }) }), 'secureConnect'),
    );
    return null;
  } catch (error) {
    return faultOfTls(place, reasonOf(error));
  }
}

function faultOfTls(place: string, reason: string): string {
  if (/self.signed|unable to (get|verify)|UNABLE_TO|CERT_UNTRUSTED/i.test(reason))
    return `The certificate of ${place} is not trusted (${reason}). Name the file of its authority with tlsCAFile=.`;
  if (/altnames|does not match|ALTNAME/i.test(reason))
    return `The certificate of ${place} is for another name (${reason}). Use a name or address that is in it.`;
  if (/expired/i.test(reason)) return `The certificate of ${place} has expired (${reason}).`;
  return `${place} does not speak TLS (${reason}). A server started with --insecure needs tls=false.`;
}

async function faultsOfServer({ client }: Connection, connectionString: string, stepMs: number): Promise<string[]> {
  try {
    const version = await within(stepMs, serverVersion(client));
    const fault = faultOfVersion(version);
    await within(stepMs, lastEvent(client));
    return fault === null ? [] : [fault];
  } catch (error) {
    return [faultOfCall(asError(error), connectionString)];
  }
}

function faultOfVersion(version: string): string | null {
  const [, year = '0', release = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(year) * 100 + Number(release) >= 2210 || version === 'unknown') return null;
  return `The server is version ${version}; ForgeRun needs 22.10 or newer, which says where in the log an event is.`;
}

function faultOfCall(error: Error, connectionString: string): string {
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (type === 'access-denied' || code === 7 || code === 16) {
    const asked = connectionString.includes('@') ? 'The user of the connection string' : 'Nobody in particular';
    return `${asked} may not read the whole log ($all). Use an administrator, or let another user read $all.`;
  }
  if (error.message.startsWith('Failed to discover'))
    return 'No member of the cluster named a leader. Does the cluster have a majority of its members up?';
  return `The server accepts connections and does not answer as EventStoreDB does (${error.message}). Is tls= right, and is the port that of the gRPC interface?`;
}

/** The client keeps to itself what it learns of the server; a subclass could read it as well. */
async function serverVersion(client: Connection['client']): Promise<string> {
  const { capabilities } = client as unknown as { capabilities: Promise<{ serverVersion: string }> };
  return (await capabilities).serverVersion;
}

async function lastEvent(client: Connection['client']): Promise<void> {
  for await (const { event } of client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 }))
    if (event !== undefined) return;
}

async function opened(socket: net.Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('the connection was closed'));
      });
    });
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

function withoutPassword(message: string, connectionString: string): string {
  const [, password = ''] = /\/\/[^:@/]*:([^@]*)@/.exec(connectionString) ?? [];
  return password === '' ? message : message.replaceAll(password, '…');
}

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : asError(error).message;
}
