import { asJsonText } from '../../kernel/json-text.js';
import { type Command } from '../../kernel/message.js';
import { type SchemaStep, StoredShape } from '../../kernel/stored-shape.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';

/** Made without arguments only to learn its type or to be filled with stored fields. */
export type CommandClass = (new (...fields: never[]) => Command<TimerAnswer>) & {
  /** From each schema that commands of this type were stored in to the next; needed once its `schema` is above 1. */
  readonly steps?: readonly SchemaStep[];
  /** What the type was called before, where commands were stored under that name. */
  readonly formerTypes?: readonly string[];
};

/** A command as a table keeps it. */
export interface StoredCommand {
  readonly type: string;
  /** The version of its fields. */
  readonly schema: number;
  /** Its fields as JSON text. */
  readonly fields: string;
}

/** A command of a type that this process does not know. */
export class UnknownCommandType extends Error {
  constructor(type: string) {
    super(`no module has registered the command ${type}`);
  }
}

interface Registered {
  readonly make: CommandClass;
  readonly shape: StoredShape<object>;
}

/** Every command that may lie in a table between its decision and its sending; modules name theirs at start. */
export class CommandTypes {
  readonly #registered: ReadonlyMap<string, Registered>;

  constructor(classes: readonly CommandClass[]) {
    const all = classes.flatMap((make) => registered(make));
    this.#registered = new Map(all);
    if (this.#registered.size !== all.length) throw new TypeError('two commands have one type');
  }

  write(command: Command<TimerAnswer>): StoredCommand {
    const { type, ...fields } = command;
    const { schema, text } = this.#named(type).shape.write(fields);
    return { type, schema, fields: text };
  }

  /** Throws for one that a newer build has stored. */
  read({ type, schema, fields }: StoredCommand): Command<TimerAnswer> {
    const { make, shape } = this.#named(type);
    return Object.assign(new make(), shape.read({ schema, text: asJsonText(fields) }));
  }

  #named(type: string): Registered {
    const known = this.#registered.get(type);
    if (known === undefined) throw new UnknownCommandType(type);
    return known;
  }
}

function registered(make: CommandClass): readonly (readonly [type: string, Registered])[] {
  const { type, schema } = new make();
  const shape = new StoredShape(`the command ${type}`, make.steps);
  if (shape.schema !== schema) throw new TypeError(`${type} is of schema ${schema}, with steps to ${shape.schema}`);
  return [type, ...(make.formerTypes ?? [])].map((name) => [name, { make, shape }]);
}
