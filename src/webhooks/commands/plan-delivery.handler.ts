import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { PlanDelivery } from '../domain/delivery.commands.js';
import { deliveryKind } from '../webhook.kind.js';
import { type DeliveryOutcome } from './repeat-delivery.handler.js';

@CommandHandler(PlanDelivery)
export class PlanDeliveryHandler implements ICommandHandler<PlanDelivery> {
  constructor(private readonly streams: Streams) {}

  async execute(command: PlanDelivery): Promise<DeliveryOutcome> {
    const { deliveryId } = command.subject;
    const { state, position } = await this.streams.decideOn(deliveryKind, deliveryId, command, { expectNew: true });
    return { delivery: state, position };
  }
}
