import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { type Fault } from '../../kernel/refusal.js';
import { ReplayEvents } from '../domain/webhook.commands.js';
import { WebhookInvalid } from '../domain/webhook.refusals.js';
import { faultsOfFilters } from './webhook-checks.js';
import { webhookStream } from '../domain/webhook.stream.js';

@CommandHandler(ReplayEvents)
export class ReplayEventsHandler implements Handles<ReplayEvents> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ReplayEvents): Promise<Positioned> {
    const faults = faultsOf(command);
    if (faults.length > 0) throw new WebhookInvalid(faults);
    const { position } = await this.streams.decideOn(webhookStream, command.webhookId, command);
    return { position };
  }
}

const faultsOf = ({ fromAt, toAt, filters }: ReplayEvents): readonly Fault[] => [
  ...faultsOfFilters('/types', filters ?? []),
  ...(toAt !== null && toAt < fromAt ? [{ pointer: '/to', detail: 'must not be before from' }] : []),
];
