import { describe, expect, it } from '@jest/globals';
import { addressOf, type InstallationEvent, type Place, type Remembered, verdictOn } from './installation.js';

const place: Place = { store: 'esdb://here', namespace: null };
const fresh: Remembered = { installation: 'i1', database: 'd1', ...place, isSettled: false, hasPast: false };
const settled: Remembered = { ...fresh, isSettled: true, hasPast: true };
const named = (installation: string, database: string): InstallationEvent => ({
  type: 'InstallationNamed',
  data: { installation, database },
});
const adoptedBy = (installation: string, database: string): InstallationEvent => ({
  type: 'LogAdopted',
  data: { installation, database },
});

describe('a first start', () => {
  it('names a log without a name, as the database proposes', () => {
    expect(verdictOn(fresh, [], place, null)).toEqual({ kind: 'write', event: named('i1', 'd1') });
  });

  it('settles when the log says the same, whoever of its nodes said it', () => {
    expect(verdictOn(fresh, [named('i1', 'd1')], place, null)).toEqual({ kind: 'settle', installation: 'i1' });
  });

  it('names the log of an installation from before there were names', () => {
    expect(verdictOn({ ...fresh, hasPast: true }, [], place, null)).toMatchObject({ kind: 'write' });
  });
});

describe('a start whose database and log do not belong together', () => {
  const reasonOf = (...asked: Parameters<typeof verdictOn>): string => {
    const verdict = verdictOn(...asked);
    return verdict.kind === 'misfit' ? verdict.reason : verdict.kind;
  };

  it('names both', () => {
    const there: Place = { store: 'esdb://there', namespace: 'acme' };
    expect(reasonOf(settled, [], there, null)).toBe(
      'The database belongs to installation i1, whose log was in esdb://here; the log in esdb://there, namespace acme belongs to no installation.',
    );
    expect(reasonOf(settled, [named('i2', 'd2')], there, null)).toMatch(/i1.*esdb:\/\/here.*there.*installation i2/);
  });

  it('says how an empty database can take the place of a lost one', () => {
    expect(reasonOf(fresh, [named('i2', 'd2')], place, null)).toContain('FORGERUN_ADOPT_LOG=i2');
  });

  it('does not adopt another log than was named, nor one without a name, nor for a database with a past', () => {
    expect(reasonOf(fresh, [named('i2', 'd2')], place, 'i3')).toMatch(/names i3; .* installation i2/);
    expect(reasonOf(fresh, [], place, 'i3')).toMatch(/names i3; .* no installation/);
    expect(reasonOf({ ...fresh, hasPast: true }, [named('i2', 'd2')], place, 'i2')).toMatch(/another log/);
  });
});

describe('an adoption', () => {
  const log = [named('i2', 'd2'), adoptedBy('i2', 'd1')];

  it('is written into the log, once for all nodes of the new database', () => {
    expect(verdictOn(fresh, log.slice(0, 1), place, 'i2')).toEqual({ kind: 'write', event: adoptedBy('i2', 'd1') });
    expect(verdictOn(fresh, log, place, 'i2')).toEqual({ kind: 'settle', installation: 'i2' });
    expect(verdictOn({ ...settled, installation: 'i2' }, log, place, 'i2')).toEqual({ kind: 'fits' });
  });

  it('ends what runs on the old database', () => {
    const old = { ...settled, installation: 'i2', database: 'd2' };
    expect(verdictOn(old, log, place, null)).toMatchObject({
      kind: 'misfit',
      reason: expect.stringContaining('adopted'),
    });
  });
});

describe('the address of a store', () => {
  it('tells no secret', () => {
    expect(addressOf('embedded')).toBe('embedded');
    expect(addressOf('esdb+discover://u:p@a:1,b:2?tls=false&x=y')).toBe('esdb+discover://a:1,b:2');
    expect(addressOf('postgres://u:p?@w@host:5432/forgerun?password=x')).toBe('postgres://host:5432/forgerun');
    expect(addressOf('postgres://host/forgerun?user=u&password=x')).toBe('postgres://host/forgerun');
  });
});
