import { describe, expect, it } from '@jest/globals';
import { Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { CommandTypes, UnknownCommandType } from './command-types.js';

class Greet extends Command<TimerAnswer> {
  readonly type = 'Greet';
  static readonly steps = [(members: object) => ({ ...members, loudly: false })];
  constructor(
    readonly whom: string,
    readonly loudly: boolean,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }
}

class Unstepped extends Command<TimerAnswer> {
  readonly type = 'Unstepped';
  override get schema() {
    return 2;
  }
}

const types = new CommandTypes([Greet]);

describe('a command in a table', () => {
  it('is written with the version of its members, and read as what it was', () => {
    const stored = types.write(new Greet('ann', true));
    expect(stored).toEqual({ type: 'Greet', schema: 2, fields: '{"whom":"ann","loudly":true}' });
    expect(types.read(stored)).toEqual(new Greet('ann', true));
  });

  it('of an earlier version gets the members that came since', () => {
    expect(types.read({ type: 'Greet', schema: 1, fields: '{"whom":"ann"}' })).toEqual(new Greet('ann', false));
  });

  it('of a later version, or of an unknown type, is not read', () => {
    expect(() => types.read({ type: 'Greet', schema: 3, fields: '{}' })).toThrow(
      'the command Greet is kept in schema 3',
    );
    expect(() => types.read({ type: 'Shout', schema: 1, fields: '{}' })).toThrow(UnknownCommandType);
  });

  it('has a step from every version before', () => {
    expect(() => new CommandTypes([Unstepped])).toThrow('Unstepped is of schema 2, with steps to 1');
  });
});
