import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CheckpointAhead } from '../../src/engine/followers/failures.js';
import { maxParkedPerClient } from '../../src/engine/followers/parked-set.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { projectionFollower } from '../../src/engine/projector/projection-follower.js';
import {
  type Counted,
  counted,
  countedOf,
  expected,
  Fixture,
  tallies,
  unwritable,
  watched,
} from '../chaos/followers.fixture.js';
import { until } from '../support/until.js';

describe('followers', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.open();
  });
  afterEach(async () => {
    await fixture.reset();
  });
  afterAll(async () => {
    await fixture.close();
  });

  it('apply history and then what comes', async () => {
    for (let n = 0; n < 100; n += 1) await fixture.store.tell(`count-${n % 7}`, counted(n));
    const instance = await fixture.instance();
    expect(await instance.reached(await fixture.store.head())).toBe(true);
    expect(await instance.reached(await fixture.store.tell('count-live', counted(5)))).toBe(true);
    expect(await fixture.tables()).toEqual(expected(fixture.store.log));
  });

  it('go on from their checkpoint', async () => {
    const first = await fixture.instance();
    await first.reached(await fixture.store.tell('count-again', counted(1)));
    await fixture.stop(first);
    await fixture.store.tell('count-again', counted(2));
    const second = await fixture.instance();
    await second.reached(await fixture.store.head());
    expect(await fixture.tables()).toEqual(expected(fixture.store.log));
  });

  it('remember positions that brought nothing to write', async () => {
    const instance = await fixture.instance();
    const position = await fixture.store.tell('other-1', counted(1));
    expect(await instance.reached(position)).toBe(true);
    await fixture.stop(instance);
    const { rows } = await fixture.admin.query<{ position: string }>(
      'select position from forgerun_engine.checkpoints',
    );
    expect(rows).toEqual([{ position: position.toString() }]);
  });

  it('are given events as their newest version would have been written, and park those that cannot be', async () => {
    const { reports, next } = watched();
    await fixture.store.tell('count-old', counted(1), counted(2));
    await fixture.store.tell('count-newer', counted(3));
    const current = (recorded: Recorded): Recorded => {
      if (recorded.stream === 'count-newer') throw new Error('written by a newer build');
      return { ...recorded, event: counted((recorded.event as Counted).data.by * 10) };
    };
    const instance = await fixture.instance({ reports, current });
    await next('parked');
    await instance.reached(await fixture.store.head());
    expect(await fixture.tables()).toEqual(
      expected(fixture.store.log.filter(({ stream }) => stream === 'count-old').map(current)),
    );
    expect(await instance.followers.parked()).toMatchObject([
      { stream: 'count-newer', reason: expect.stringContaining('newer build') },
    ]);
  });

  it.each([
    ['the projection throws', counted(-1)],
    ['the database refuses', unwritable],
  ])('park only the stream whose event %s', async (_why, poison) => {
    const { reports, next } = watched();
    for (let n = 0; n < 30; n += 1) await fixture.store.tell(`count-p${n % 5}`, counted(n));
    await fixture.store.tell('count-bad', counted(1), poison, counted(3));
    for (let n = 0; n < 30; n += 1) await fixture.store.tell(`count-p${n % 5}`, counted(n));
    const instance = await fixture.instance({ reports });
    await next('parked');
    await instance.reached(await fixture.store.head());

    const past = fixture.store.log.filter(({ stream, revision }) => stream !== 'count-bad' || revision === 0);
    expect(await fixture.tables()).toEqual(expected(past));
    expect(await instance.followers.parked()).toEqual([
      expect.objectContaining({ follower: 'tallies', stream: 'count-bad', revision: 1 }),
    ]);
    const [status] = await instance.followers.status();
    expect(status).toMatchObject({ state: 'running', behind: false, parked: 1 });
  });

  it('apply what waited once the event can be applied', async () => {
    let fixed = false;
    const { reports, next } = watched();
    const mended = {
      ...tallies,
      apply: (recorded: Parameters<typeof tallies.apply>[0]) => {
        if (!fixed && recorded.stream === 'count-mend' && recorded.revision === 1) throw new Error('a bug');
        return tallies.apply(recorded);
      },
    };
    const progressed = await fixture.instance({ others: [] });
    const follower = projectionFollower(mended, { progress: progressed.progress, name: 'mended' });
    const instance = await fixture.instance({ others: [follower], reports });
    await fixture.store.tell('count-mend', counted(1), counted(2), counted(3));
    await next('parked');
    await fixture.decide('mended', 'count-mend', 'release');
    await next('parked');
    expect((await fixture.tables()).tally.find(([stream]) => stream === 'count-mend')).toEqual(['count-mend', 1, 0]);
    fixed = true;
    await fixture.decide('mended', 'count-mend', 'release');
    await next('unparked');
    await progressed.progress.waitFor('mended', await fixture.store.tell('count-mend', counted(4)), 120_000);
    expect((await fixture.tables()).tally.find(([stream]) => stream === 'count-mend')).toEqual(['count-mend', 4, 3]);
    expect(await instance.followers.parked()).not.toContainEqual(expect.objectContaining({ stream: 'count-mend' }));
  });

  it('let one client’s faulty streams stop nobody else, and catch up with all of it once it is released', async () => {
    let fixed = false;
    const mended = {
      ...tallies,
      apply: (recorded: Parameters<typeof tallies.apply>[0]) => {
        const { stream, event } = recorded;
        if (!fixed && stream.startsWith('count-noisy') && event.data.by === 7) throw new Error('a bug');
        return tallies.apply(recorded);
      },
    };
    const watching = await fixture.instance({ others: [] });
    const follower = projectionFollower(mended, { progress: watching.progress, name: 'shared' });
    const { reports, next } = watched();
    for (let n = 0; n <= maxParkedPerClient; n += 1) await fixture.store.tell(`count-noisy${n}`, countedOf('noisy', 7));
    await fixture.store.tell('count-noisy-later', countedOf('noisy', 1));
    await fixture.store.tell('count-noisy3', countedOf('noisy', 2));
    const last = await fixture.store.tell('count-quiet', countedOf('quiet', 5));
    const instance = await fixture.instance({ others: [follower], reports });
    expect(await watching.progress.waitFor('shared', last, 120_000)).toBe(true);
    expect((await fixture.tables()).tally).toEqual([['count-quiet', 5, 0]]);
    const parked = await instance.followers.parked();
    expect(parked).toHaveLength(maxParkedPerClient + 1);
    const whole = parked.find(({ stream }) => stream === 'every stream of client noisy');
    expect((await instance.followers.status())[0]).toMatchObject({ state: 'running', lastError: null });

    fixed = true;
    await fixture.decide('shared', whole?.stream ?? '', 'release');
    await next('unparked');
    for (const { stream } of parked) if (stream !== whole?.stream) await fixture.decide('shared', stream, 'release');
    for (let n = 0; n < maxParkedPerClient; n += 1) await next('unparked');
    expect(await fixture.tables()).toEqual(expected(fixture.store.log));
  });

  it('say that they stopped, for as long as they go no further', async () => {
    const { reports, next } = watched();
    for (let n = 0; n <= maxParkedPerClient; n += 1) await fixture.store.tell(`count-bad${n}`, counted(-1));
    const instance = await fixture.instance({ reports });
    for (let times = 0; times < 3; times += 1) {
      await next('stopped');
      expect((await instance.followers.status())[0]).toMatchObject({
        state: 'refused',
        lastError: expect.stringContaining('parks no more'),
      });
    }
  });

  it('leave out what an operator skips, and keep who did and why', async () => {
    const { reports, next } = watched();
    const instance = await fixture.instance({ reports });
    await fixture.store.tell('count-skip', counted(1), counted(-2), counted(3));
    while ((await instance.followers.parked()).every(({ stream }) => stream !== 'count-skip')) await next('parked');
    await fixture.decide('tallies', 'count-skip', 'skip');
    await next('unparked');
    expect((await fixture.tables()).tally).toContainEqual(['count-skip', 3, 2]);
    const skipped = { stream: 'count-skip', revision: '1', actor: 'key:operator', verdict_reason: 'because of skip' };
    const { rows } = await fixture.admin.query(
      'select stream, revision, actor, verdict_reason from forgerun_engine.skipped_events',
    );
    expect(rows).toEqual([skipped]);
  });

  it('replace a subscription that fell silent or broke', async () => {
    const { reports, next } = watched();
    const instance = await fixture.instance({ reports, silentMs: 20 });
    await instance.reached(await fixture.store.tell('count-s', counted(1)));
    expect(fixture.store.silence()).toBe(1);
    const unheard = await fixture.store.tell('count-s', counted(2));
    await next('resubscribed');
    expect(await instance.reached(unheard)).toBe(true);
    fixture.store.breakSubscriptions();
    await next('resubscribed');
    expect(await instance.reached(await fixture.store.tell('count-s', counted(3)))).toBe(true);
  });

  it('refuse a checkpoint that is ahead of the log', async () => {
    await fixture.admin.query(
      `insert into forgerun_engine.checkpoints (name, position, version) values ('tallies', 1000000, 1)`,
    );
    await expect(fixture.instance()).rejects.toThrow(CheckpointAhead);
  });

  it('wait for a rebuild when their version is another', async () => {
    await fixture.admin.query(
      `insert into forgerun_engine.checkpoints (name, position, version) values ('tallies', null, 7)`,
    );
    const { reports, next } = watched();
    const instance = await fixture.instance({ reports });
    await next('failed');
    const [status] = await instance.followers.status();
    expect(status).toMatchObject({ state: 'refused', lastError: expect.stringContaining('rebuild') });
  });

  it('are taken over by a standby when the one in office leaves', async () => {
    const first = await fixture.instance();
    await first.reached(await fixture.store.tell('count-t', counted(1)));
    const second = await fixture.instance();
    await fixture.stop(first);
    expect(await second.reached(await fixture.store.tell('count-t', counted(2)))).toBe(true);
  });

  it('gather small batches under load and none when idle', async () => {
    const progress = (await fixture.instance({ others: [] })).progress;
    const slow = projectionFollower({ ...tallies, lingerMs: 200 }, { progress, name: 'slow' });
    const instance = await fixture.instance({ others: [slow] });
    const begun = performance.now();
    await progress.waitFor('slow', await fixture.store.tell('count-g', counted(1)), 120_000);
    expect(performance.now() - begun).toBeLessThan(20_000);
    for (let n = 0; n < 50; n += 1) await fixture.store.tell('count-g', counted(n));
    await progress.waitFor('slow', (await fixture.store.head()) ?? 0n, 120_000);
    const [status] = await instance.followers.status();
    expect(status?.counters.batches).toBeLessThan(10);
  });

  it('write what they gathered as soon as the log falls silent', async () => {
    const progress = (await fixture.instance({ others: [] })).progress;
    const slow = projectionFollower({ ...tallies, lingerMs: 3_600_000 }, { progress, name: 'slow' });
    await fixture.instance({ others: [slow] });
    for (let n = 1; n <= 3; n += 1) {
      const told = await fixture.store.tell('count-q', counted(n));
      // No reader waits by the gate: that alone would hurry it.
      await until(() => (progress.positionOf('slow') ?? -1n) >= told);
    }
  });
});
