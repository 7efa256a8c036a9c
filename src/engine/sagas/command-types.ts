import { type Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';

/** Made without arguments only to learn its type or to be filled with stored fields. */
export type CommandClass = new (...fields: never[]) => Command<TimerAnswer>;

/** A command as a table keeps it. */
export interface StoredCommand {
  readonly type: string;
  /** Its fields as JSON text. */
  readonly fields: string;
}

/** A command of a type that this process does not know. */
export class UnknownCommandType extends Error {
  constructor(type: string) {
    super(`no room has registered the command ${type}`);
  }
}

/** Every command that may lie in a table between its decision and its sending; rooms name theirs at start. */
export class CommandTypes {
  readonly #classes: ReadonlyMap<string, CommandClass>;

  constructor(classes: readonly CommandClass[]) {
    this.#classes = new Map(classes.map((type) => [new type().type, type]));
    if (this.#classes.size !== classes.length) throw new TypeError('two commands have one type');
  }

  write(command: Command<TimerAnswer>): StoredCommand {
    if (!this.#classes.has(command.type)) throw new UnknownCommandType(command.type);
    const { type, ...fields } = command;
    return { type, fields: JSON.stringify(fields) };
  }

  read({ type, fields }: StoredCommand): Command<TimerAnswer> {
    const known = this.#classes.get(type);
    if (known === undefined) throw new UnknownCommandType(type);
    return Object.assign(new known(), JSON.parse(fields) as object);
  }
}
