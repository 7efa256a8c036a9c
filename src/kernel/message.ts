/** A fact, in the past tense. Once appended it never changes. Its data is plain JSON: no Date, no bigint, no undefined. */
export interface DomainEvent<Type extends string = string, Data extends object = object> {
  readonly type: Type;
  readonly data: Readonly<Data>;
}

/** An intention, in the imperative. It may be refused. */
export interface Intent<Type extends string = string> {
  readonly type: Type;
}

/** Who asked for something, why, and what it belongs to. It travels beside a command and into the events' metadata. */
export interface Cause {
  /** Identifies the command. Event ids are derived from it, so a command sent again repeats its events' ids. */
  readonly commandId: string;
  /** `key:<key id>`, `worker:<worker id>` or `process:<name>`; an operator acting for a client adds ` for <client id>`. */
  readonly actor: string;
  /** What a stream that it begins belongs to; one that is there already knows that itself. */
  readonly correlationId: string | null;
  /** The event that led to this command, where the sender knows one. */
  readonly causationId: string | null;
  /** W3C Trace Context of the request or the event that led here. */
  readonly traceparent: string | null;
  /** The request that asked, where it was one; then it is what caused the events. */
  readonly requestId?: string | null;
}

export declare const answerOf: unique symbol;

/** What can be sent to its handler, which comes back with this answer. */
export interface Sendable<Answer> {
  /** Only the compiler sees it. */
  readonly [answerOf]: Answer;
}

/** Something to be done that no decider decides, such as several commands at once. */
export abstract class Message<Answer> implements Sendable<Answer> {
  declare readonly [answerOf]: Answer;
}

export type AnswerOf<Sent extends Sendable<unknown>> = Sent[typeof answerOf];

/** Carries out one kind of message. */
export interface Handles<Sent extends Sendable<unknown>> {
  execute(message: Sent): Promise<AnswerOf<Sent>>;
}

/** A command on its way to a decider. Its own fields are JSON-able, because timers and outboxes store them. */
export abstract class Command<Answer = unknown> extends Message<Answer> implements Intent {
  abstract readonly type: string;

  /** Version of its members, from 1; raised when one of them comes to mean something else. */
  get schema(): number {
    return 1;
  }

  /**
   * Those of its members that its events may not hold. The log keeps them with the first event, so that the decision
   * can be made again. Never a secret, and nothing that is long: that belongs into an event.
   */
  get kept(): Readonly<Record<string, unknown>> | null {
    return null;
  }

  #cause: Cause | null = null;

  /** Says who asks and why; returns the same command. */
  because(cause: Cause): this {
    this.#cause = cause;
    return this;
  }

  get cause(): Cause {
    if (this.#cause === null) throw new TypeError(`${this.type} was sent without a cause`);
    return this.#cause;
  }
}
