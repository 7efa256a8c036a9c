import { Clients, Keys } from './clients.js';
import { Events } from './events.js';
import { HttpConnection, type HttpConnectionOptions } from './http-connection.js';
import { Jobs } from './jobs.js';
import { Leases } from './leases.js';
import { Queues } from './queues.js';
import { Schedules } from './schedules.js';
import { Webhooks } from './webhooks.js';

// The entry point of `forgerun/client`: whatever a program that submits jobs needs to name.
export { ForgeRunError, ForgeRunUnreachable } from './forge-run-error.js';
export { type HttpConnectionOptions } from './http-connection.js';
export { type EventFilter } from './events.js';
export type * from './model.js';

const leaseCallRetries = 2;

/** Everything a client's key can do, typed. Calls that are safe to repeat are repeated over failures of the network. */
export class ForgeRunClient {
  readonly clients: Clients;
  readonly keys: Keys;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly leases: Leases;
  readonly queues: Queues;
  readonly webhooks: Webhooks;
  readonly schedules: Schedules;

  constructor(options: HttpConnectionOptions = {}) {
    const http = new HttpConnection(options);
    this.clients = new Clients(http);
    this.keys = new Keys(http);
    this.jobs = new Jobs(http);
    this.events = new Events(http);
    this.leases = new Leases(http, leaseCallRetries);
    this.queues = new Queues(http);
    this.webhooks = new Webhooks(http);
    this.schedules = new Schedules(http);
  }
}
