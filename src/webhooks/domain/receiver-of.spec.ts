import { describe, expect, it } from '@jest/globals';
import { isSameReceiver, receiverOf } from './receiver-of.js';

describe('a receiver', () => {
  const url = 'http://10.0.0.1/a~b?c=%C3%A9';
  it.each([
    'HTTP://10.0.0.1/a~b?c=%C3%A9',
    'http://10.0.0.1:80/a~b?c=%C3%A9',
    'http://167772161/a~b?c=%C3%A9',
    'http://0xa.0.1/a~b?c=%C3%A9',
    'http://10.0.0.1/x/../a~b?c=%C3%A9',
    'http://10.0.0.1/%2e%2E/a~b?c=%C3%A9',
    'http://10.0.0.1/a%7eb?c=%c3%a9',
    'http://10.0.0.1/%61~b?c=é',
    'http://10.0.0.1/a~b?c=%C3%A9#here',
  ])('is the same in another spelling: %s', (spelling) => {
    expect(receiverOf(spelling)).toBe(url);
    expect(isSameReceiver(spelling, url)).toBe(true);
  });

  it.each([
    'https://10.0.0.1/a~b?c=%C3%A9',
    'http://10.0.0.1:8080/a~b?c=%C3%A9',
    'http://10.0.0.1/A~b?c=%C3%A9',
    'http://10.0.0.1/a~b/?c=%C3%A9',
    'http://10.0.0.1/a~b?c=%C3%AA',
    'http://10.0.0.1/a%2F~b?c=%C3%A9',
  ])('is another one: %s', (other) => {
    expect(isSameReceiver(other, url)).toBe(false);
  });

  it('has a name with or without its final dot', () => {
    expect(receiverOf('https://Example.com.:443')).toBe('https://example.com/');
    expect(receiverOf('https://example.com/?')).toBe('https://example.com/');
  });

  it('that is no URL is itself', () => {
    expect(receiverOf('nonsense')).toBe('nonsense');
  });
});
