import { isIP } from 'node:net';
import { buildConnector, Client, errors } from 'undici';
import ipaddr from 'ipaddr.js';
import { hideContinues } from './hide-continues.js';
import { type Target } from './target.js';

/** A request to somewhere outside. */
export interface EgressRequest {
  /** Whose request it is: what a node has for all is shared by clients. */
  readonly clientId: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /**
   * What the answer is asked for. `status`: the status line decides, and a body that is cut off, or goes on until the time
   * is up, is kept as far as it came. `body`: it has to come whole, or up to the bound.
   */
  readonly needs: 'status' | 'body';
  /** For connecting, sending, and reading the answer; resolving has as much of its own, and at most a few seconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How one request and its answer went. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** By lower-case name; a field that came several times is one, with commas between. Without `set-cookie`. */
      readonly headers: Readonly<Record<string, string>>;
      /** Every `Set-Cookie` by itself: its values hold commas of their own. */
      readonly cookies: readonly string[];
      /** As it came, not decompressed; no more than the bound. */
      readonly body: Buffer;
      /** There was more of the body, or there would have been. */
      readonly truncated: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly error: FailedExchange;
      /** Whether any of the request may have reached the other side. */
      readonly isSent: boolean;
    }
  | {
      readonly kind: 'not_made';
      /** What this node lacked: the other side is not to blame, and the request is as good as never made. */
      readonly lack: NodeLack;
    };

/** `name`: a way to ask for the name; `socket`: a socket; `time`: it stood still while the other side may have answered. */
export type NodeLack = 'name' | 'socket' | 'time';

export type FailedExchange = 'timeout' | 'refused' | 'reset' | 'tls' | 'protocol' | 'interrupted' | 'error';

const bodyBytes = 64 * 1024;
const headerBytes = 16 * 1024;
const connectMs = 5_000;
/** Given to every connection that is over: one of its own each would cost as much as sending, for its stack. */
const isOver = new Error('the exchange is over');

/** One request over one connection of its own to the checked address; the name stays for TLS and for `Host`. */
export async function exchange(
  request: Pick<EgressRequest, 'method' | 'headers' | 'body' | 'needs' | 'timeoutMs' | 'signal'>,
  { url, host, family }: Target,
  address: string,
  signal: AbortSignal,
): Promise<Exchange> {
  let isSent = false;
  const client = new Client(url.origin, {
    connect: connectorTo(address, family === 0 ? host : null, request.timeoutMs, () => {
      // On a connection that comes too late nothing is written.
      isSent = !signal.aborted;
    }),
    maxHeaderSize: headerBytes,
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
    pipelining: 1,
  });
  try {
    const answer = await client.request({
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...request.headers },
      body: request.body,
      signal,
    });
    const { body, truncated } = await readUpTo(bodyBytes, answer.body, request.needs === 'status');
    return { kind: 'answered', status: answer.statusCode, ...fieldsOf(answer.headers), body, truncated };
  } catch (error) {
    if (request.signal?.aborted === true) return { kind: 'failed', error: 'interrupted', isSent };
    if (lacksSockets.has(codeOf(error))) return { kind: 'not_made', lack: 'socket' };
    return { kind: 'failed', error: signal.aborted ? 'timeout' : kindOf(error), isSent };
  } finally {
    await client.destroy(isOver);
  }
}

/** undici asks no resolver here: the address is given, and the socket must lead there. */
function connectorTo(
  address: string,
  serverName: string | null,
  timeoutMs: number,
  connected: () => void,
): buildConnector.connector {
  const connect = buildConnector({ timeout: Math.min(connectMs, timeoutMs), maxCachedSessions: 0 });
  return (options, callback) => {
    const named = serverName === null ? {} : { servername: serverName };
    connect({ ...options, hostname: address, ...named }, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      if (!isSame(socket.remoteAddress, address)) {
        socket.destroy();
        callback(new Error('the connection leads elsewhere'), null);
        return;
      }
      // The request is written within this turn, so that no signal comes between.
      connected();
      callback(null, hideContinues(socket));
    });
  };
}

const isSame = (one: string | undefined, other: string): boolean =>
  one !== undefined && isIP(one) !== 0 && ipaddr.process(one).toString() === ipaddr.process(other).toString();

/** Where part of it is enough, what breaks it off is no failure. */
async function readUpTo(
  most: number,
  stream: AsyncIterable<Buffer>,
  isPartEnough: boolean,
): Promise<{ readonly body: Buffer; readonly truncated: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isBrokenOff = false;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most) break;
    }
  } catch (error) {
    if (!isPartEnough) throw error;
    isBrokenOff = true;
  }
  const body = Buffer.concat(chunks);
  return { body: body.subarray(0, most), truncated: isBrokenOff || body.length > most };
}

function fieldsOf(headers: Readonly<Record<string, string | string[] | undefined>>): {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
} {
  const { 'set-cookie': cookies = [], ...others } = headers;
  const answer: Record<string, string> = {};
  for (const [name, value] of Object.entries(others))
    if (value !== undefined) answer[name] = Array.isArray(value) ? value.join(', ') : value;
  return { headers: answer, cookies: [cookies].flat() };
}

/** Files, ports and buffers of this machine. */
const lacksSockets: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EAGAIN',
]);

function kindOf(error: unknown): FailedExchange {
  if (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  )
    return 'timeout';
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) return 'protocol';
  const code = codeOf(error);
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'reset';
  return /CERT|TLS|SSL|SELF_SIGNED|VERIFY/.test(code) ? 'tls' : 'error';
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}
