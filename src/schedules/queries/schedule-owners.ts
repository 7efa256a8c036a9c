import { type Streams } from '../../engine/commands/streams.js';
import { ScheduleNotFound } from '../domain/schedule.refusals.js';
import { scheduleStream } from '../schedule.stream.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as ids are written; what is not one belongs to no schedule. Throws `ScheduleNotFound`. */
export function scheduleIdFrom(text: string): string {
  const id = text.toLowerCase();
  if (!uuid.test(id)) throw new ScheduleNotFound(text.slice(0, 100));
  return id;
}

/** Whose schedule an id in a path names. A schedule of another client answers exactly as one that never was. */
export class ScheduleOwners {
  constructor(private readonly streams: Streams) {}

  /** Throws `ScheduleNotFound`. */
  async scheduleOf(clientId: string, text: string): Promise<string> {
    const scheduleId = scheduleIdFrom(text);
    const { state } = await this.streams.cached(scheduleStream, scheduleId);
    // One that was not there when this process looked last may have been made elsewhere since.
    const known = state.state === 'NONE' ? (await this.streams.load(scheduleStream, scheduleId)).state : state;
    if (known.state === 'NONE' || known.clientId !== clientId) throw new ScheduleNotFound(scheduleId);
    return scheduleId;
  }
}
