import { describe, expect, it } from '@jest/globals';
import { StreamNames, withoutNamespace } from './stream-names.js';

const acme = new StreamNames('acme');

describe('the name of a stream', () => {
  it('has the namespace before its category in the store, and nowhere else', () => {
    expect(acme.stored('job-1')).toBe('acme.job-1');
    expect(acme.own('acme.job-1')).toBe('job-1');
    expect(withoutNamespace.stored('job-1')).toBe('job-1');
    expect(withoutNamespace.own('job-1')).toBe('job-1');
  });

  it('belongs to one namespace alone', () => {
    expect(['job-1', 'zeta.job-1', 'acme2.job-1', '$acme.job-1', '$$acme.job-1'].map((name) => acme.own(name))).toEqual(
      [null, null, null, null, null],
    );
    expect(['acme.job-1', '$ce-job', '$$job-1'].map((name) => withoutNamespace.own(name))).toEqual([null, null, null]);
  });

  it('may hold a dot after its category', () => {
    expect(withoutNamespace.own('job-a.b')).toBe('job-a.b');
    expect(acme.own('acme.job-a.b')).toBe('job-a.b');
  });

  it('is asked for by its beginnings in the store', () => {
    expect(acme.prefixes({ streamPrefixes: ['job-', 'client-'] })).toEqual(['acme.job-', 'acme.client-']);
    expect(acme.prefixes({ types: ['JobCreated'] })).toEqual(['acme.']);
    expect(withoutNamespace.prefixes({})).toEqual([]);
  });
});
