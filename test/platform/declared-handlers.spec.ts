import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { Command } from '../../src/kernel/message.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { BusCommandSender } from '../../src/engine/commands/bus-command-sender.js';
import { handledBy } from '../../src/engine/commands/handled-by.handlers.js';
import { KnownProgress } from '../../src/engine/projector/projection-progress.js';

class Add extends Command<number> {
  readonly type = 'Add';
  constructor(readonly count: number) {
    super();
  }
}

class Forget extends Command<'done'> {
  readonly type = 'Forget';
}

class Unhandled extends Command<string> {
  readonly type = 'Unhandled';
}

class Counter {
  count = 0;
}

class TooMany extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_TEST';
}

const add = (counter: Counter, { count }: Add): Promise<number> => {
  if (count > 10) throw new TooMany('too many');
  counter.count += count;
  return Promise.resolve(counter.count);
};

describe('a declared handler', () => {
  let module: TestingModule;
  let sender: BusCommandSender;

  beforeAll(async () => {
    module = await Test.createTestingModule({
      imports: [CqrsModule.forRoot()],
      providers: [
        Counter,
        handledBy(Counter, Add, add),
        handledBy(Counter, Forget, (counter) => {
          counter.count = 0;
          return Promise.resolve('done' as const);
        }),
        // @ts-expect-error A handler answers with what its message says.
        handledBy(Counter, Unhandled, () => Promise.resolve(1)),
      ].slice(0, 3),
    }).compile();
    await module.init();
    sender = new BusCommandSender(module.get(CommandBus), new KnownProgress());
  });

  afterAll(async () => {
    await module.close();
  });

  it('gets the messages of its kind and what carries them out, and its answer comes back', async () => {
    const count: number = await sender.send(new Add(2));
    expect(count).toBe(2);
    expect(await sender.send(new Add(3))).toBe(5);
    // @ts-expect-error One answer cannot be taken for another.
    const done: number = await sender.send(new Forget());
    expect(done).toBe('done');
    expect(await sender.send(new Add(1))).toBe(1);
  });

  it('refuses to the sender', async () => {
    await expect(sender.send(new Add(11))).rejects.toThrow(TooMany);
  });

  it('is missed by a message that has none', async () => {
    await expect(sender.send(new Unhandled())).rejects.toThrow(/Unhandled/);
  });
});
