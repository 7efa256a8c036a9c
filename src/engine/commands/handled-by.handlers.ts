import { Inject, type Type } from '@nestjs/common';
import { CommandHandler } from '@nestjs/cqrs';
import { type AnswerOf, type Handles, type Sendable } from '../../kernel/message.js';

type MessageClass<Message> = abstract new (...members: never[]) => Message;

/** What carries a message out, by the class that it is injected as. */
type Means<Carrier> = abstract new (...parts: never[]) => Carrier;

/** Declares a handler that only passes its messages on. One that does more has a file of its own. */
export function handledBy<Carrier, Message extends Sendable<unknown>>(
  means: Means<Carrier>,
  message: MessageClass<Message>,
  carryOut: (carrier: Carrier, message: Message) => Promise<AnswerOf<Message>>,
): Type<Handles<Message>> {
  class Handler implements Handles<Message> {
    constructor(@Inject(means) private readonly carrier: Carrier) {}

    async execute(sent: Message): Promise<AnswerOf<Message>> {
      return await carryOut(this.carrier, sent);
    }
  }
  CommandHandler(message as unknown as Type<Message>)(Handler);
  return Handler;
}
