import { type ClientRecord, type FaultRecord } from '../records/records.js';
import { type Tenant } from '../target/tenants.js';
import { EventReader } from './event-reader.js';
import {
  type History,
  type PreparedSchedule,
  type Received,
  type Registered,
  type Tick,
  type WholeEvent,
} from './history.js';
import { readModelsOf } from './read-models.js';
import { slim, slimRequest, Texts } from './slim.js';

type Mutable<Shape> = { -readonly [Member in keyof Shape]: Shape[Member] };
type Kept = { [Member in keyof History]: History[Member] extends readonly (infer Item)[] ? Item[] : History[Member] };

/** Puts the history of one client together: from the log through the API, and from what was written down here. */
export class Observer {
  readonly #events: EventReader;
  readonly #texts = new Texts();
  readonly #kept: Mutable<Kept>;

  constructor(
    private readonly tenant: Tenant,
    webhooks: readonly Registered[],
    schedules: readonly PreparedSchedule[],
    /** Gets each event whole, before what is not judged is left out of it. */
    private readonly keep: (clientId: string, event: WholeEvent) => void = () => undefined,
  ) {
    this.#events = new EventReader(tenant.reader.http);
    this.#kept = {
      clientId: tenant.clientId,
      events: [],
      submits: [],
      malformed: [],
      triggers: [],
      changes: [],
      trespasses: [],
      reads: [],
      repeats: [],
      rotations: [],
      leases: [],
      ends: [],
      heartbeats: [],
      asked: [],
      scheduleIds: schedules.map(({ scheduleId }) => scheduleId),
      schedules: [...schedules],
      ticks: [],
      webhooks: [...webhooks],
      received: [],
      listed: null,
      listedByState: null,
      reports: [],
      shown: [],
      summary: null,
      held: [],
      queues: [],
      jumps: [],
      readAt: 0,
    };
  }

  get history(): History {
    return this.#kept;
  }

  add(record: ClientRecord): void {
    const kept = this.#kept;
    switch (record.kind) {
      case 'submit':
        kept.submits.push(record);
        return;
      case 'malformed':
        kept.malformed.push(record);
        return;
      case 'trigger':
        kept.triggers.push(record);
        return;
      case 'change':
        kept.changes.push(record);
        return;
      case 'trespass':
        kept.trespasses.push(record);
        return;
      case 'read':
        kept.reads.push(record);
        return;
      case 'repeat':
        kept.repeats.push(record);
        return;
      case 'rotate':
        kept.rotations.push(record);
        return;
      case 'lease':
        kept.leases.push(record);
        return;
      case 'unleased':
        // No promise is about it.
        return;
      case 'end':
        kept.ends.push(record);
        return;
      case 'heartbeat':
        kept.heartbeats.push(record);
        return;
      case 'asked':
        kept.asked.push(record);
        return;
      case 'held':
        kept.held.push(record);
        return;
      case 'received':
        kept.received.push(slimRequest(withoutHeaders(record), this.#texts));
        return;
    }
  }

  /** Takes note of something that went wrong on purpose. */
  suffer({ name, atMs, healedMs }: FaultRecord): void {
    if (name === 'clock') this.#kept.jumps.push({ atMs, healedMs });
  }

  /** Reads what the log and the ledgers have by now. */
  async look(momentMs: number): Promise<void> {
    // Before the events: a tick that is read has its job in the log.
    this.#kept.ticks = await this.#ticks();
    this.#kept.readAt = momentMs;
    for await (const event of this.#events.more()) {
      this.keep(this.tenant.clientId, event);
      this.#kept.events.push(slim(event, this.#texts));
    }
  }

  /** Reads what the read models show, instead of what they showed before. */
  async lookAtReadModels(): Promise<void> {
    Object.assign(this.#kept, await readModelsOf(this.tenant));
  }

  async #ticks(): Promise<Tick[]> {
    const ticks: Tick[] = [];
    for (const scheduleId of this.#kept.scheduleIds)
      for await (const { dueAt, outcome, jobId } of this.tenant.reader.client.schedules.occurrences(scheduleId))
        ticks.push({ scheduleId, dueAt, outcome, jobId });
    return ticks;
  }
}

const withoutHeaders = ({ headers: _, ...rest }: Extract<ClientRecord, { kind: 'received' }>): Received => rest;
