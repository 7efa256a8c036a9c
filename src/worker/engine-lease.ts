import { type Lease, TextLease } from '../sdk/lease-source.js';

/** A lease of the built-in worker, which runs the jobs of every client and shares what it needs between them. */
export class EngineLease extends TextLease {
  readonly clientId: string;

  constructor({ clientId, ...facts }: Omit<Lease, 'payload'> & { readonly clientId: string }) {
    super(facts);
    this.clientId = clientId;
  }
}

/** Whose job it is; all of those that came another way share one name. */
export const clientOf = (lease: Lease): string => (lease instanceof EngineLease ? lease.clientId : 'unknown');
