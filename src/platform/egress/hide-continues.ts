interface ReadsChunks {
  read(size?: number): unknown;
}

/** The most bytes of all of them together; more than that is left to the reader of the stream. */
const maxBytes = 16 * 1024;
const begins = ['HTTP/1.1 100', 'HTTP/1.0 100'];
const isContinue = /^HTTP\/1\.[01] 100\s/;
const lineBytes = 13;
const blankLine = '\r\n\r\n';

/**
 * Hides every `100 Continue` before the answer from the HTTP client that reads a socket. A receiver may send them unasked, and
 * the answer comes after them (RFC 9110, section 15.2); undici takes them for a bad response.
 */
export function hideContinues<Socket extends ReadsChunks>(socket: Socket): Socket {
  const read = socket.read.bind(socket);
  let hidden = 0;
  /** Null: the answer has begun. */
  let head: Buffer | null = Buffer.alloc(0);
  socket.read = (size?: number): unknown => {
    // With a size nothing but the stream itself reads, and it only wants to know of more.
    if (head === null || size !== undefined) return read(size);
    for (let chunk = read(); chunk !== null; chunk = read()) {
      if (!Buffer.isBuffer(chunk)) return chunk;
      head = Buffer.concat([head, chunk]);
      for (let end = endOfContinue(head); end > 0 && hidden + end <= maxBytes; end = endOfContinue(head)) {
        hidden += end;
        head = head.subarray(end);
      }
      if (mayBeContinue(head) && hidden + head.length <= maxBytes) continue;
      const answer = head;
      head = null;
      return answer;
    }
    return null;
  };
  return socket;
}

/** Also where the line is not all there. */
function mayBeContinue(head: Buffer): boolean {
  const start = head.toString('latin1', 0, lineBytes);
  return start.length < lineBytes ? begins.some((begin) => begin.startsWith(start)) : isContinue.test(start);
}

/** Zero: it is none, or not all there. */
function endOfContinue(head: Buffer): number {
  if (head.length < lineBytes || !mayBeContinue(head)) return 0;
  const end = head.indexOf(blankLine);
  return end === -1 ? 0 : end + blankLine.length;
}
