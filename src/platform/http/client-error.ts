import { type Socket } from 'node:net';
import { answerToStatus, problemType } from './problem.js';
import { readOnThenDestroy } from './read-on.js';
import { securityHeaders } from './request.hooks.js';

/** Requests that never became one: broken framing, endless headers, or too slow. Answered on the bare socket. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket, requestId: string): void {
  if (answered.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerOnSocket(socket, verdictOf(error.code), requestId);
}

/** Answers a CONNECT: its sender takes this for a proxy. */
export function answerConnect(socket: Socket, requestId: string): void {
  answerOnSocket(socket, [400, 'Bad Request', 'CONNECT is for proxies, and this is none.'], requestId);
}

type Verdict = readonly [status: number, reason: string, detail: string];

function answerOnSocket(socket: Socket, [status, reason, detail]: Verdict, requestId: string): void {
  const body = JSON.stringify(answerToStatus(status, detail, requestId).problem);
  const headers = {
    ...securityHeaders,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'content-type': problemType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // More than one piece of what is no request may come; the first one has been answered.
  answered.add(socket);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('')}\r\n${body}`);
  readOnThenDestroy(socket, clientErrorLimits);
}

const answered = new WeakSet<Socket>();
/** A peer that does not read the answer, or goes on and on, must not keep the socket. */
const clientErrorLimits = { bytes: 1_048_576, allMs: 5_000, silenceMs: 1_000 };

function verdictOf(code: string | undefined): Verdict {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'Request Timeout', 'The request did not arrive in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'Request Header Fields Too Large', 'The header is larger than 16384 bytes.'];
    default:
      return [400, 'Bad Request', 'This is not a well-formed HTTP/1.1 request.'];
  }
}
