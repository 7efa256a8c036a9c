import { describe, expect, it } from '@jest/globals';
import { hideContinues } from './hide-continues.js';

/** What is read of a socket that got these pieces, one at a time. */
function readOf(pieces: readonly string[]): string {
  const got: Buffer[] = [];
  let next: Buffer | null = null;
  const socket = hideContinues({
    read: (): unknown => {
      const chunk = next;
      next = null;
      return chunk;
    },
  });
  for (const piece of pieces) {
    next = Buffer.from(piece, 'latin1');
    for (let chunk = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) got.push(chunk);
  }
  return Buffer.concat(got).toString('latin1');
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('what a socket says', () => {
  it.each([
    ['100 Continue', goOn],
    ['one with fields', 'HTTP/1.1 100 Continue\r\ndate: today\r\nserver: x\r\n\r\n'],
    ['one without a reason', 'HTTP/1.1 100\r\n\r\n'],
    ['one of an older version', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['several', goOn.repeat(3)],
  ])('is read from the answer on after %s, however it is cut', (_, before) => {
    const whole = before + answer;
    expect(readOf([whole])).toBe(answer);
    expect(readOf(whole.split(/(?=[^])/))).toBe(answer);
    for (let cut = 1; cut < whole.length; cut += 1)
      expect(readOf([whole.slice(0, cut), whole.slice(cut)])).toBe(answer);
  });

  it.each([
    ['an answer', answer],
    ['other news before it', `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${answer}`],
    ['a status of four digits', `HTTP/1.1 1000 No\r\n\r\n`],
    ['what is no HTTP', 'SSH-2.0-x\r\n'],
    ['what looks like 100 in a body', `HTTP/1.1 200 OK\r\n\r\n${goOn}`],
  ])('is read as it is: %s', (_, said) => {
    expect(readOf([said])).toBe(said);
    expect(readOf(said.split(/(?=[^])/))).toBe(said);
  });

  it('is no longer held back where it goes on for too long', () => {
    const long = `HTTP/1.1 100 Continue\r\n${'x'.repeat(16 * 1024)}`;
    expect(readOf([long, 'y'])).toBe(`${long}y`);
    const most = Math.floor((16 * 1024) / goOn.length);
    expect(readOf([goOn.repeat(most + 2)])).toBe(goOn.repeat(2));
    expect(readOf(Array<string>(most + 2).fill(goOn))).toBe(goOn.repeat(2));
  });
});
