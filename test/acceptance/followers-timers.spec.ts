import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { Command, type DomainEvent } from '../../src/kernel/message.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { arm, drop, type Saga, send } from '../../src/kernel/saga.js';
import { type TimerAnswer } from '../../src/kernel/timer-answer.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { DatabaseClock } from '../support/database-clock.js';
import { type Steps } from '../../src/engine/followers/follower.js';
import { openQueuePool } from '../../src/platform/postgres/keyed-pools.js';
import { CommandTypes } from '../../src/engine/sagas/command-types.js';
import { sagaFollower } from '../../src/engine/sagas/saga-follower.js';
import { type Send } from '../../src/engine/timers/fire.js';
import { TimerSignal } from '../../src/engine/timers/timer-signal.js';
import { TimerRunner } from '../../src/engine/timers/timer-runner.js';
import { dyingAt, Fixture } from '../chaos/followers.fixture.js';
import { newEvent } from '../support/memory-event-store.js';
import { until } from '../support/until.js';

type Alarmed = DomainEvent<'Alarmed', { subject: string; at: number }>;
type Calmed = DomainEvent<'Calmed', { subject: string }>;
type Spoken = DomainEvent<'Spoken', { word: string }>;

class Say extends Command<TimerAnswer> {
  readonly type = 'Say';
  constructor(readonly word: string) {
    super();
  }
}
class Unheard extends Command<TimerAnswer> {
  readonly type = 'Unheard';
}
class Mute extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_TEST_MUTE';
}

class Busy extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
}

const talking: Saga<Alarmed | Calmed | Spoken> = {
  name: 'talking',
  categories: ['talk'],
  types: ['Alarmed', 'Calmed', 'Spoken'],
  react({ event }) {
    switch (event.type) {
      case 'Alarmed':
        return [arm(event.data.subject, event.data.at, new Say(event.data.subject))];
      case 'Calmed':
        return [drop(event.data.subject)];
      case 'Spoken':
        return [send(new Say(event.data.word)), send(new Say(`${event.data.word}!`))];
    }
  },
};
const alarmed = (subject: string, at: number): Alarmed => ({ type: 'Alarmed', data: { subject, at } });
const calmed = (subject: string): Calmed => ({ type: 'Calmed', data: { subject } });
const spoken = (word: string): Spoken => ({ type: 'Spoken', data: { word } });

class SetClock extends Clock {
  constructor(public at = 1_000) {
    super();
  }
  now(): number {
    return this.at;
  }
}

/** Remembers every command, and every command once by its id, as an idempotent decider would. */
class Hearing {
  readonly effects = new Map<string, string>();
  sent = 0;
  answer: (command: Say) => TimerAnswer | Promise<TimerAnswer> = () => 'done';
  #waiting: (() => void)[] = [];

  async send(command: Command<TimerAnswer>): Promise<TimerAnswer> {
    if (!(command instanceof Say)) throw new TypeError(`${command.type} is not for here`);
    this.sent += 1;
    try {
      const answer = await this.answer(command);
      if (answer === 'done') this.effects.set(command.cause.commandId, command.word);
      return answer;
    } finally {
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  words(): readonly string[] {
    return [...this.effects.values()].sort();
  }

  async until(enough: (hearing: this) => boolean): Promise<void> {
    while (!enough(this)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

describe('a saga and its timers', () => {
  let fixture: Fixture;
  let clock: SetClock;
  let hearing: Hearing;
  const timerSignal = new TimerSignal();
  const types = new CommandTypes([Say]);
  const open: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    fixture = await Fixture.open();
  });
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
    await fixture.reset();
  });
  afterAll(async () => {
    await fixture.close();
  });

  const runner = (
    options: { steps?: Steps; batchSize?: { alone: number; beside: number }; timerSignal?: TimerSignal } = {},
  ): TimerRunner => {
    const pool: Pool = openQueuePool({
      connectionString: fixture.database.connectionString,
      name: 'timers',
      max: 3,
      onError: () => undefined,
      statementTimeoutMs: 5_000,
    });
    const send: Send = (command) => hearing.send(command);
    const made = new TimerRunner({ pool, clock, send, types, timerSignal, pollMs: 20, ...options });
    made.start();
    open.push(async () => {
      await made.stop();
      await pool.end();
    });
    return made;
  };
  const start = async (steps?: Steps): Promise<Awaited<ReturnType<Fixture['instance']>>> => {
    const others = [sagaFollower(talking, { types, clock, timerSignal, maxBatch: 50 })];
    return fixture.instance(steps === undefined ? { others } : { others, steps });
  };
  const handled = async (): Promise<void> => {
    const head = await fixture.store.head();
    for (;;) {
      const { rows } = await fixture.admin.query<{ position: string | null }>(
        `select position from forgerun_engine.checkpoints where name = 'talking'`,
      );
      if (BigInt(rows[0]?.position ?? -1) >= (head ?? 0n)) return;
    }
  };
  const timers = async (): Promise<readonly unknown[]> =>
    (await fixture.admin.query('select * from forgerun_engine.timers order by subject')).rows as readonly unknown[];

  const fresh = (): void => {
    clock = new SetClock();
    hearing = new Hearing();
  };

  it('send at once what is to be sent at once, with its cause', async () => {
    fresh();
    await start();
    runner();
    const causes: unknown[] = [];
    hearing.answer = (command) => {
      causes.push(command.cause);
      return 'done';
    };
    await fixture.store.tell('talk-1', spoken('hello'));
    await hearing.until(({ effects }) => effects.size === 2);
    expect(hearing.words()).toEqual(['hello', 'hello!']);
    const [event] = fixture.store.log;
    expect(causes[0]).toMatchObject({ actor: 'process:talking', causationId: event?.id });
  });

  it("never fire early by the database's clock, whatever a node's own shows, and fire when it comes", async () => {
    fresh();
    const database = await DatabaseClock.of(fixture.database);
    const now = Math.ceil(await database.now());
    await start();
    const run = runner();
    await fixture.store.tell('talk-1', alarmed('later', now + 600_000), spoken('now'));
    await hearing.until(({ effects }) => effects.size === 2);
    clock.at = now + 3_600_000;
    await fixture.store.tell('talk-1', spoken('still'));
    await hearing.until(({ effects }) => effects.size === 4);
    expect(hearing.words()).not.toContain('later');
    await database.lead(600_000);
    await hearing.until(({ effects }) => effects.size === 5);
    expect(hearing.words()).toContain('later');
    await fixture.store.tell('talk-1', alarmed('jumped', now + 3_600_000));
    await handled();
    await database.lead(9_000_000);
    await hearing.until(({ effects }) => effects.size === 6);
    for (const close of open.splice(0)) await close();
    expect(run.counters).toMatchObject({ fired: 6, failed: 0 });
  });

  it('keep the last word on a timer, within a batch and across batches', async () => {
    fresh();
    await fixture.store.tell(
      'talk-1',
      alarmed('a', 10_000),
      alarmed('b', 10_000),
      alarmed('b', 20_000),
      calmed('a'),
      alarmed('c', 1),
    );
    await start();
    await handled();
    await fixture.store.tell('talk-1', alarmed('c', 30_000));
    await handled();
    await fixture.store.tell('talk-1', alarmed('c', 40_000), calmed('c'), alarmed('d', 50_000));
    await handled();
    expect(await timers()).toEqual([
      expect.objectContaining({ subject: 'b', due_at: new Date(20_000) }),
      expect.objectContaining({ subject: 'd', due_at: new Date(50_000) }),
    ]);
  });

  it('move when the answer is again, end when refused, and are tried again when sending fails', async () => {
    fresh();
    await start();
    const run = runner();
    let asked = 0;
    hearing.answer = ({ word }) => {
      if (word === 'early' && clock.now() < 7_000) return { again: 7_000 };
      if (word === 'no') throw new Mute('not now');
      if (word === 'broken' && (asked += 1) < 2) throw new Error('the store is away');
      return 'done';
    };
    await fixture.store.tell('talk-1', alarmed('early', 900), alarmed('no', 900), alarmed('broken', 900));
    await until(() => run.counters.failed > 0 && run.counters.movedOn > 0);
    clock.at = 100_000;
    await hearing.until(({ effects }) => effects.size === 2);
    for (const close of open.splice(0)) await close();
    expect(hearing.words()).toEqual(['broken', 'early']);
    expect(run.counters).toMatchObject({ refused: 1, movedOn: 1, failed: 1 });
    expect(await timers()).toEqual([]);
  });

  it('keep a command nobody knows, and park an event that wants one sent', async () => {
    fresh();
    const strange: Saga = { ...talking, name: 'talking', react: () => [send(new Unheard())] };
    const instance = await fixture.instance({ others: [sagaFollower(strange, { types, clock, timerSignal })] });
    await fixture.store.tell('talk-1', spoken('x'));
    await handled();
    expect(await instance.followers.parked()).toEqual([expect.objectContaining({ stream: 'talk-1' })]);
    await fixture.admin.query(
      `insert into forgerun_engine.timers (timer_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       values (gen_random_uuid(), 's', 'x', 'epoch', gen_random_uuid(), 'Unheard', '{}', '{}', 1)`,
    );
    const run = runner();
    await until(() => run.counters.failed > 0);
    expect(await timers()).toHaveLength(1);
  });

  it('try again when a refusal is about the moment and not about the command', async () => {
    fresh();
    await start();
    const run = runner();
    hearing.answer = () => {
      throw new Busy();
    };
    await fixture.store.tell('talk-1', spoken('later'));
    await until(() => run.counters.failed >= 2);
    hearing.answer = () => 'done';
    clock.at += 120_000;
    await hearing.until(({ effects }) => effects.size === 2);
    expect(run.counters).toMatchObject({ refused: 0 });
  });

  it('have one effect each with four runners, half of which die', async () => {
    fresh();
    const words = Array.from({ length: 2_000 }, (_, n) => `w${n}`);
    for (let n = 0; n < words.length; n += 100) {
      const events = words.slice(n, n + 100).map((word) => newEvent(alarmed(word, 500 + (n % 7))));
      await fixture.store.append({ stream: `talk-${n}`, expected: 'no_stream', events });
    }
    await start();
    const deaths = ['timers.taken', 'timers.fired', 'timers.write', 'timers.written'].map((step, index) =>
      dyingAt(step, 1 + index * 2),
    );
    for (const { steps } of deaths) runner({ steps, batchSize: { alone: 50, beside: 50 } });
    await Promise.all(deaths.map(({ dead }) => dead));
    for (let n = 0; n < 4; n += 1) runner({ batchSize: { alone: 50, beside: 50 } });
    await hearing.until(({ effects }) => effects.size === words.length);
    for (const close of open.splice(0)) await close();
    expect(hearing.words()).toEqual([...words].sort());
    expect(await timers()).toEqual([]);
    expect(hearing.sent).toBeGreaterThanOrEqual(words.length);
  });

  it.each(['follower.batch', 'follower.write', 'follower.written'])(
    'are armed once when the saga dies at %s',
    async (step) => {
      fresh();
      for (let n = 0; n < 120; n += 1) await fixture.store.tell(`talk-${n % 9}`, spoken(`s${n}`));
      const { steps, dead } = dyingAt(step, 2);
      const victim = await start(steps);
      runner();
      await dead;
      await fixture.stop(victim);
      await start();
      await hearing.until(({ effects }) => effects.size === 240);
      await handled();
      for (const close of open.splice(0)) await close();
      expect(hearing.effects.size).toBe(240);
      expect(new Set(hearing.words()).size).toBe(240);
    },
  );

  it('fire without any alarm', async () => {
    fresh();
    await start();
    runner({ timerSignal: new TimerSignal() });
    await fixture.store.tell('talk-1', alarmed('silently', 900));
    await hearing.until(({ effects }) => effects.size === 1);
    expect(hearing.words()).toEqual(['silently']);
  });
});
