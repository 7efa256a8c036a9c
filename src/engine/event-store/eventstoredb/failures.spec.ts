import { describe, expect, it } from '@jest/globals';
import { actualRevisionOf, failureOf, isProgramFault } from './failures.js';

const failed = (what: object, message = 'failed'): Error => Object.assign(new Error(message), what);

describe('an error of the EventStoreDB client', () => {
  it.each([
    ['a conflict', failed({ type: 'wrong-expected-version' }), 'conflict'],
    ['another leader', failed({ type: 'not-leader' }), 'untouched'],
    ['a cluster that is not found', new Error('Failed to discover after 10 attempts.'), 'untouched'],
    ['a user without rights', failed({ type: 'access-denied' }), 'refused'],
    ['a method that is not there', failed({ type: 'unknown', code: 12 }), 'refused'],
    ['an argument that is wrong', failed({ code: 3 }), 'refused'],
    ['a raw error of gRPC when the server is down', failed({ code: 14 }), 'doubtful'],
    ['a time-out of the server', failed({ type: 'timeout', code: 10 }), 'doubtful'],
    ['a deadline', failed({ type: 'deadline-exceeded', code: 4 }), 'doubtful'],
    ['a TLS connection that was cut', failed({ type: 'unknown', code: 13 }), 'doubtful'],
    ['anything else', 'what?', 'doubtful'],
  ])('tells %s', (_what, error, expected) => {
    expect(failureOf(error)).toBe(expected);
  });

  it.each([
    ['one of JavaScript', new TypeError('undefined is not a function'), true],
    ['an argument that is wrong', failed({ code: 3 }), true],
    ['one of a connection', Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' }), false],
    ['a server that is down', failed({ code: 14 }), false],
    ['a user without rights', failed({ type: 'access-denied' }), false],
    ['no error at all', 'what?', false],
  ])('tells a fault of the program: %s', (_what, error, expected) => {
    expect(isProgramFault(error)).toBe(expected);
  });

  it('names the actual revision of a conflict, and no stream where the server says -1', () => {
    expect(actualRevisionOf(failed({ actualVersion: 7n }))).toBe(7);
    expect(actualRevisionOf(failed({ actualVersion: -1n }))).toBe('no_stream');
    expect(actualRevisionOf(failed({ actualVersion: 'no_stream' }))).toBe('no_stream');
  });
});
