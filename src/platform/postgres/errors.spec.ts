import { describe, expect, it } from '@jest/globals';
import { isDefiniteRejection, isServerAway, isTransient, sqlStateIn } from './errors.js';

const withCode = (code: string, message = 'said by the server'): Error => Object.assign(new Error(message), { code });

describe('an error from Postgres', () => {
  it.each([
    '57P01',
    '57P03',
    '53300',
    '53100',
    '40001',
    '40P01',
    '08006',
    '58030',
    '57014',
    '55P03',
    'ECONNRESET',
    'EPIPE',
  ])('%s is transient and never a definite rejection', (code) => {
    expect(isTransient(withCode(code))).toBe(true);
    expect(isDefiniteRejection(withCode(code))).toBe(false);
  });

  it.each(['23505', '22021', '42P01'])('%s is a definite rejection and not transient', (code) => {
    expect(isDefiniteRejection(withCode(code))).toBe(true);
    expect(isTransient(withCode(code))).toBe(false);
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'in words only is transient: %s',
    (message) => {
      expect(isTransient(new Error(message))).toBe(true);
      expect(isDefiniteRejection(new Error(message))).toBe(false);
    },
  );

  it.each(['57P01', '28P01', '3D000', '55000', '58030', 'ECONNREFUSED'])('%s says that the server is away', (code) => {
    expect(isServerAway(new Error('outer', { cause: withCode(code) }))).toBe(true);
  });

  it('is about the statement, or the program, otherwise', () => {
    for (const error of [
      withCode('42P01'),
      withCode('42601'),
      withCode('22021'),
      withCode('23505'),
      new TypeError('x'),
    ])
      expect(isServerAway(error)).toBe(false);
  });

  it('is neither when nothing is known of it', () => {
    for (const error of [new Error('boom'), withCode('28P01'), withCode('ENOENT'), 'text', null]) {
      expect([isTransient(error), isDefiniteRejection(error)]).toEqual([false, false]);
    }
  });

  it('is found inside what wraps it', () => {
    const lost = withCode('ECONNREFUSED');
    const wrapped = new Error('outer', { cause: Object.assign(new Error('query failed'), { driverError: lost }) });
    expect(isTransient(wrapped)).toBe(true);
    expect(isTransient(new AggregateError([lost]))).toBe(true);
    expect(sqlStateIn(new Error('outer', { cause: withCode('23505') }))).toBe('23505');
  });

  it('is transient when the socket of a server is missing, not when a file is', () => {
    expect(isTransient(Object.assign(withCode('ENOENT'), { syscall: 'connect' }))).toBe(true);
    expect(isTransient(Object.assign(withCode('ENOENT'), { syscall: 'open' }))).toBe(false);
  });
});
