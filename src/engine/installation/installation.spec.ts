import { describe, expect, it, jest } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { InstallationLog } from './installation-log.js';
import {
  addressOf,
  type InstallationEvent,
  type LogState,
  type Place,
  type Remembered,
  verdictOn,
} from './installation.js';

const place: Place = { store: 'esdb://here', namespace: null };
const ours = { installation: 'i1', database: 'd1', ...place };
const fresh: Remembered = { ...ours, isSettled: false, revision: null, checkpoint: null };
const settled: Remembered = { ...fresh, isSettled: true, revision: 0, checkpoint: 9n };
/** A log with events up to position 9, in which these are its own. */
const saying = (...events: InstallationEvent[]): LogState => ({
  events,
  last: events.length === 0 ? null : events.length - 1,
  isEmpty: false,
  end: 9n,
  isGone: false,
  hiddenEnd: null,
});
const nothing: LogState = { ...saying(), isEmpty: true, end: null };
const named = (installation: string, database: string): InstallationEvent => ({
  type: 'InstallationNamed',
  data: { installation, database },
});
const adoptedBy = (installation: string, database: string): InstallationEvent => ({
  type: 'LogAdopted',
  data: { installation, database },
});

const reasonOf = (...asked: Parameters<typeof verdictOn>): string => {
  const verdict = verdictOn(...asked);
  return verdict.kind === 'misfit' ? verdict.reason : verdict.kind;
};

describe('a first start', () => {
  it('names a log without a name, as the database proposes', () => {
    const write = { kind: 'write', event: named('i1', 'd1'), expected: 'no_stream' };
    expect(verdictOn(fresh, nothing, place, null)).toEqual(write);
    // A store that holds what other programs wrote alone.
    expect(verdictOn(fresh, { ...nothing, end: 7n }, place, null)).toEqual(write);
  });

  it('settles when the log says the same, whoever of its nodes said it', () => {
    expect(verdictOn(fresh, saying(named('i1', 'd1')), place, null)).toEqual({ kind: 'settle', installation: 'i1' });
  });

  it('names the log of an installation from before there were names', () => {
    expect(verdictOn({ ...fresh, checkpoint: 9n }, saying(), place, null)).toMatchObject({ kind: 'write' });
  });
});

describe('a start whose database and log do not belong together', () => {
  it('names both', () => {
    const there: Place = { store: 'esdb://there', namespace: 'acme' };
    expect(reasonOf(settled, nothing, there, null)).toBe(
      'The database belongs to installation i1, whose log was in esdb://here; the log in esdb://there, namespace acme belongs to no installation.',
    );
    expect(reasonOf(settled, saying(), there, null)).toMatch(/i1.*esdb:\/\/here.*there.*does not say whose/);
    expect(reasonOf(settled, saying(named('i2', 'd2')), there, null)).toMatch(
      /i1.*esdb:\/\/here.*there.*installation i2/,
    );
  });

  it('says how an empty database can take the place of a lost one', () => {
    expect(reasonOf(fresh, saying(named('i2', 'd2')), place, null)).toContain('FORGERUN_ADOPT_LOG=i2');
  });

  it('does not adopt another log than was named, nor one without a name, nor for a database with a past', () => {
    const other = saying(named('i2', 'd2'));
    expect(reasonOf(fresh, other, place, 'i3')).toMatch(/names i3; .* installation i2/);
    expect(reasonOf(fresh, nothing, place, 'i3')).toMatch(/names i3; .* no installation/);
    expect(reasonOf({ ...fresh, checkpoint: 9n }, other, place, 'i2')).toMatch(/another log/);
  });
});

describe('a log that does not reach as far as its database has read', () => {
  it.each([
    ['was emptied', nothing],
    ['was emptied, and other programs go on writing there', { ...nothing, end: 99n }],
    ['was restored from an older copy', { ...saying(named('i1', 'd1')), end: 8n }],
    ['was restored from a copy without its name', { ...saying(), end: 8n }],
  ])('gets nothing written, and no name: it %s', (_how, log) => {
    for (const adopt of [null, 'i1']) expect(reasonOf(settled, log, place, adopt)).toMatch(/i1.*not reach as far/);
    expect(reasonOf({ ...settled, isSettled: false }, log, place, null)).toMatch(/not reach as far/);
  });
});

describe('a log whose name its store no longer shows', () => {
  it('is named again by the database that belongs to it, where its stream ends as that saw it', () => {
    const again = { kind: 'write', event: named('i1', 'd1'), expected: 4 };
    expect(verdictOn({ ...settled, revision: 4 }, saying(), place, null)).toEqual(again);
  });

  it.each([
    ['ends elsewhere', settled, { ...saying(), hiddenEnd: 1 }, 1],
    ['is not there at all', settled, { ...saying(), hiddenEnd: 'no_stream' as const }, 'no_stream'],
    ['was tombstoned', settled, { ...saying(), isGone: true }, 'no_stream'],
    ['was never noted', { ...settled, revision: null }, saying(), 'no_stream'],
  ])('may have been adopted, and wants a word where its stream %s', (_how, remembered, log, expected) => {
    expect(reasonOf(remembered, log, place, null)).toMatch(/may have adopted.*FORGERUN_ADOPT_LOG=i1/);
    expect(reasonOf(remembered, log, place, 'i2')).toMatch(/FORGERUN_ADOPT_LOG=i1/);
    const write = { kind: 'write', event: adoptedBy('i1', 'd1'), expected };
    expect(verdictOn(remembered, log, place, 'i1')).toEqual(write);
  });

  it('is not taken by an empty database, unless that is told to', () => {
    const logs = [saying(), { ...saying(), isGone: true }, { ...saying(), hiddenEnd: 2 }];
    for (const log of logs) {
      expect(reasonOf(fresh, log, place, null)).toMatch(/does not say whose.*FORGERUN_ADOPT_LOG/);
      expect(verdictOn(fresh, log, place, 'i7')).toMatchObject({ kind: 'write', event: adoptedBy('i7', 'd1') });
    }
  });
});

/** Takes steps as a start does, until its verdict is another. */
async function writtenBy(remembered: Remembered, log: InstallationLog, adopt: string | null = null): Promise<string> {
  for (let at = 1; at < 20; at += 1) {
    const verdict = verdictOn(remembered, await log.look(), place, adopt);
    if (verdict.kind !== 'write') return verdict.kind;
    await log.write(verdict.event, verdict.expected, at);
  }
  return 'writes for ever';
}

describe('a stream about itself whose events a store keeps and hides', () => {
  const stream = 'installation-log';
  const hidden = async (events: number, revision: number, adopt: string | null): Promise<[string, number]> => {
    const store = new MemoryEventStore();
    const log = new InstallationLog(store);
    await log.write(named('i1', 'd1'), 'no_stream', 1);
    await log.look();
    if (events > 1) await log.write(adoptedBy('i1', 'd2'), 0, 1);
    const shown = jest.spyOn(store, 'readStreams').mockImplementation(async (streams) => {
      const all = await store.readStream(stream);
      const later = all.filter(({ revision }) => revision >= events);
      return streams.map((each) => (each === stream ? { events: later, last: later.at(-1)?.revision ?? null } : none));
    });
    const end = await writtenBy({ ...settled, checkpoint: 1n, revision }, new InstallationLog(store), adopt);
    shown.mockRestore();
    return [end, (await store.readStream(stream)).length];
  };
  const none = { events: [], last: null };

  it('goes on behind its end', async () => {
    expect(await hidden(1, 0, null)).toEqual(['fits', 2]);
  });

  it('is not taken back by the database that another one replaced', async () => {
    expect(await hidden(2, 0, null)).toEqual(['misfit', 2]);
    expect(await hidden(2, 0, 'i1')).toEqual(['fits', 3]);
  });
});

describe('an adoption', () => {
  const log = saying(named('i2', 'd2'), adoptedBy('i2', 'd1'));

  it('is written into the log, once for all nodes of the new database', () => {
    const write = { kind: 'write', event: adoptedBy('i2', 'd1'), expected: 0 };
    expect(verdictOn(fresh, saying(named('i2', 'd2')), place, 'i2')).toEqual(write);
    expect(verdictOn(fresh, log, place, 'i2')).toEqual({ kind: 'settle', installation: 'i2' });
    expect(verdictOn({ ...settled, installation: 'i2' }, log, place, 'i2')).toEqual({ kind: 'fits' });
  });

  it('ends what runs on the old database', () => {
    const old = { ...settled, installation: 'i2', database: 'd2' };
    expect(reasonOf(old, log, place, null)).toContain('adopted');
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
