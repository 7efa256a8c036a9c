import { describe, expect, it, jest } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { InstallationLog } from './installation-log.js';
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

describe('a log whose name its store no longer shows', () => {
  it('is named again by the database that belongs to it', () => {
    expect(verdictOn(settled, [], place, null)).toEqual({ kind: 'write', event: named('i1', 'd1') });
    expect(verdictOn(settled, [], place, null, true)).toEqual({ kind: 'write', event: named('i1', 'd1') });
  });

  it('is not taken by an empty database, which is told a way on', () => {
    const told = { kind: 'misfit', reason: expect.stringContaining('Take the retention off') };
    expect(verdictOn(fresh, [], place, null, true)).toMatchObject(told);
    expect(verdictOn(fresh, [], place, 'i1', true)).toMatchObject(told);
  });

  it('gets its name behind its end, from a start that finds it hidden', async () => {
    const store = new MemoryEventStore();
    await new InstallationLog(store).write(named('i1', 'd1'), 1);
    const shown = jest.spyOn(store, 'readStreams').mockResolvedValue([{ events: [], last: null }]);
    const log = new InstallationLog(store);
    for (const at of [2, 3, 4]) {
      await log.read();
      await log.write(named('i1', 'd1'), at);
    }
    expect(log.isHidden).toBe(true);
    shown.mockRestore();
    expect((await store.readStream('installation-log')).map(({ revision }) => revision)).toEqual([0, 1]);
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
