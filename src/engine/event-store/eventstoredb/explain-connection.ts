import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { connect, type Connection } from './connection.js';
import { type Address, type Addresses, addressesIn, defaultPort } from './connection-string.js';
import { within } from '../../../platform/async/within.js';
import { asError } from '../../../platform/async/as-error.js';

/** What a connection string leads to, in words for the person who wrote it. */
interface ConnectionReport {
  /** Which server answered, with its version; null when none did. */
  readonly server: string | null;
  /** What keeps it from working; empty when nothing does. */
  readonly faults: readonly string[];
  /** What is odd and keeps nothing from working: a setting that the client leaves out, a member that is away. */
  readonly remarks: readonly string[];
}

/** Tries each step only when the one before it went well, so that the first sentence is the cause. */
export async function explainConnection(connectionString: string, stepMs = 4000): Promise<ConnectionReport> {
  const remarks: string[] = [];
  let addresses: Addresses;
  let connection: Connection;
  try {
    addresses = addressesIn(connectionString);
    connection = await connect(connectionString, {
      onError: ({ message }) => remarks.push(message),
      connectionNumber: 3,
    });
  } catch (error) {
    const reason = withoutPassword(asError(error).message, connectionString);
    return { server: null, faults: [`The connection string is not right: ${reason}`], remarks };
  }
  const ofSettings = [...remarks];
  try {
    const faults = await Promise.all(addresses.hosts.map((host) => faultOfHost(host, addresses, stepMs)));
    const found = faults.filter((fault) => fault !== null);
    // One member of a cluster that answers is enough to go on.
    if (found.length === addresses.hosts.length) return { server: null, faults: found, remarks: ofSettings };
    const { server, fault } = await lookAtServer(connection, addresses, stepMs);
    if (fault === null) return { server, faults: [], remarks: [...ofSettings, ...found] };
    return { server, faults: [...found, fault], remarks: ofSettings };
  } finally {
    await connection.close();
  }
}

/** Why ForgeRun does not work with the version of this server; null: it does, or the server does not name it. */
export async function refusedVersion(connectionString: string, stepMs = 4000): Promise<string | null> {
  const connection = await connect(connectionString, { onError: () => undefined, connectionNumber: 3 });
  try {
    return faultOfVersion(await within(stepMs, serverVersion(connection.client)));
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
    return `Nothing accepts connections at ${place} (${reasonOf(error)}). Is EventStoreDB running there?${portHint(host)}`;
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

const portHint = ({ port }: Address): string => (port === defaultPort ? '' : ` Its usual port is ${defaultPort}.`);

function faultOfTls(place: string, reason: string): string {
  if (/self.signed|unable to (get|verify)|UNABLE_TO|CERT_UNTRUSTED/i.test(reason))
    return `The certificate of ${place} is not trusted (${reason}). Name the file of its authority with tlsCAFile=.`;
  if (/altnames|does not match|ALTNAME/i.test(reason))
    return `The certificate of ${place} is for another name (${reason}). Use a name or address that is in it.`;
  if (/expired/i.test(reason)) return `The certificate of ${place} has expired (${reason}).`;
  return `${place} does not speak TLS (${reason}). A server started with --insecure needs tls=false.`;
}

async function lookAtServer(
  { client }: Connection,
  addresses: Addresses,
  stepMs: number,
): Promise<{ readonly server: string | null; readonly fault: string | null }> {
  let server: string | null = null;
  try {
    const version = await within(stepMs, serverVersion(client));
    server = nameOf(version);
    await within(stepMs, lastEvent(client));
    return { server, fault: faultOfVersion(version) };
  } catch (error) {
    return { server, fault: faultOfCall(asError(error), addresses) };
  }
}

const unknownVersion = 'unknown';

/** The name of a server of that version: the protocol has the version only, and from 25.0 on it is called KurrentDB. */
function nameOf(version: string): string {
  if (version === unknownVersion) return 'EventStoreDB of a version that it does not tell';
  return `${Number.parseInt(version, 10) >= 25 ? 'KurrentDB' : 'EventStoreDB'} ${version}`;
}

function faultOfVersion(version: string): string | null {
  const [, year = '0', release = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(year) * 100 + Number(release) >= 2210 || version === unknownVersion) return null;
  return `The server is version ${version}; ForgeRun needs 22.10 or newer, which says where in the log an event is.`;
}

function faultOfCall(error: Error, addresses: Addresses): string {
  const { type, code } = error as { type?: unknown; code?: unknown };
  // The client makes one kind of error of both; the status of the call still distinguishes them.
  if (type === 'access-denied' || code === status.denied || code === status.unknownUser)
    return faultOfAccess(code === status.unknownUser, addresses);
  if (error.message.startsWith('Failed to discover'))
    return 'No member of the cluster named a leader. Does the cluster have a majority of its members up?';
  return `The server accepts connections and does not answer as EventStoreDB does (${error.message}). Is tls= right, and is the port that of the gRPC interface?`;
}

/** gRPC's PERMISSION_DENIED and UNAUTHENTICATED. */
const status = { denied: 7, unknownUser: 16 } as const;

function faultOfAccess(isUnknown: boolean, { user, secure }: Addresses): string {
  if (user === null)
    return 'The connection is anonymous, and an anonymous one may not read the whole log ($all). Name a user and its password in the connection string.';
  if (!secure)
    return 'The connection is anonymous, because no user is sent without TLS, and an anonymous one may not read the whole log ($all). Leave tls=false out.';
  if (isUnknown) return `The server does not take the password of the user ${user}, or does not know that user.`;
  return `The user ${user} may not read the whole log ($all). Use an administrator, or let this user read $all.`;
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
