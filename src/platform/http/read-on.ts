import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { after } from '../clock/timer.js';

/** How much is read on and thrown away after an answer, and for how long, before the connection is closed over it. */
interface ReadOnLimits {
  readonly bytes: number;
  readonly allMs: number;
  /** Without a byte. */
  readonly silenceMs: number;
}

export const readOnLimits: ReadOnLimits = { bytes: 67_108_864, allMs: 30_000, silenceMs: 5_000 };

/**
 * Lets a caller see its answer that comes before its body has been read: a connection that is closed over unread bytes is
 * reset, and a reset takes the answer away from a caller that is still sending. So the rest is read on and thrown away.
 */
export function readOnAfterAnswers(server: Server, limits: ReadOnLimits = readOnLimits): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!hasBody(request)) return;
    // First, because the server's own listener closes the connection, or takes the body over.
    response.prependOnceListener('finish', () => {
      if (!request.complete && !request.destroyed) readOn(request, limits);
    });
  });
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function readOn(request: IncomingMessage, limits: ReadOnLimits): void {
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  let isToClose = false;
  socket.destroySoon = () => {
    isToClose = true;
  };
  throwAway(request, limits, (isWhole) => {
    socket.destroySoon = close;
    if (!isWhole) socket.destroy();
    else if (isToClose) close();
  });
}

/** The same for a connection whose request never became one: nothing takes it apart any more. */
export function readOnThenDestroy(socket: Socket, limits: ReadOnLimits = readOnLimits): void {
  socket.removeAllListeners('data');
  throwAway(socket, limits, () => {
    socket.destroy();
  });
}

/** Says once how it ended: whether everything has been read. */
function throwAway(source: IncomingMessage | Socket, limits: ReadOnLimits, ended: (isWhole: boolean) => void): void {
  let bytes = 0;
  let isOver = false;
  const end = (isWhole: boolean): void => {
    if (isOver) return;
    isOver = true;
    all.cancel();
    silence.cancel();
    ended(isWhole);
  };
  const tooSlow = (): void => {
    end(false);
  };
  const all = after(limits.allMs, tooSlow);
  const silence = after(limits.silenceMs, tooSlow);
  source.on('data', (chunk: Buffer) => {
    if (isOver) return;
    bytes += chunk.length;
    if (bytes > limits.bytes) end(false);
    else silence.refresh();
  });
  source.once('end', () => {
    end(true);
  });
  source.once('close', () => {
    end(false);
  });
  source.once('error', () => {
    end(false);
  });
  source.resume();
}
