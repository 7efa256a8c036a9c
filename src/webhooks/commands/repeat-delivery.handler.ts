import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Position } from '../../kernel/recorded.js';
import { RepeatDelivery } from '../domain/delivery.commands.js';
import { type Delivery } from '../domain/delivery.decider.js';
import { deliveryKind } from '../webhook.kind.js';

/** A delivery after a command, with the place of the last new event; null when nothing was new. */
export type DeliveryOutcome = Readonly<{ delivery: Delivery; position: Position | null }>;

@CommandHandler(RepeatDelivery)
export class RepeatDeliveryHandler implements ICommandHandler<RepeatDelivery> {
  constructor(private readonly streams: Streams) {}

  async execute(command: RepeatDelivery): Promise<DeliveryOutcome> {
    const { deliveryId } = command.subject;
    const { state, position } = await this.streams.decideOn(deliveryKind, deliveryId, command);
    return { delivery: state, position };
  }
}
