import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ExtendLeases } from './extend-lease.js';
import { type LeaseExtended, LeaseExtension } from './lease-extension.js';

@CommandHandler(ExtendLeases)
export class ExtendLeasesHandler implements ICommandHandler<ExtendLeases> {
  constructor(private readonly extension: LeaseExtension) {}

  /** One answer per lease, in the order given. */
  async execute({ leases }: ExtendLeases): Promise<readonly (LeaseExtended | Error)[]> {
    return await this.extension.extend(leases);
  }
}
