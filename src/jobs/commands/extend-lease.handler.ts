import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type LeaseExtended, LeaseExtension } from './lease-extension.js';
import { ExtendLease } from './extend-lease.js';

@CommandHandler(ExtendLease)
export class ExtendLeaseHandler implements ICommandHandler<ExtendLease> {
  constructor(private readonly extension: LeaseExtension) {}

  async execute(lease: ExtendLease): Promise<LeaseExtended> {
    const [answer] = await this.extension.extend([lease]);
    if (answer === undefined) throw new TypeError('a lease was given and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }
}
