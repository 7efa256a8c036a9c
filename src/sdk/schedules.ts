import { Calls, step } from './calls.js';
import { type Occurrence, type Page, type Schedule, type ScheduleRequest } from './model.js';

/** Cron rules, each submitting one job per occurrence. */
export class Schedules extends Calls {
  create(request: ScheduleRequest): Promise<Schedule> {
    return this.write<Schedule>('POST', '/v1/schedules', request, false);
  }

  /** Makes the schedule of a name, or brings it to this rule; any number of replicas may do so at once. */
  put(name: string, request: Omit<ScheduleRequest, 'name'>): Promise<Schedule> {
    return this.write<Schedule>('PUT', `/v1/schedules/by-name/${step(name)}`, request, true);
  }

  list(): AsyncGenerator<Schedule, void> {
    return this.walk((cursor) => this.read<Page<Schedule>>('/v1/schedules', { cursor }));
  }

  get(scheduleId: string): Promise<Schedule> {
    return this.read<Schedule>(`/v1/schedules/${step(scheduleId)}`);
  }

  update(scheduleId: string, changes: Partial<ScheduleRequest>): Promise<Schedule> {
    return this.write<Schedule>('PATCH', `/v1/schedules/${step(scheduleId)}`, changes, true);
  }

  delete(scheduleId: string): Promise<{ readonly deleted: true }> {
    return this.write('DELETE', `/v1/schedules/${step(scheduleId)}`, undefined, true);
  }

  async pause(scheduleId: string): Promise<void> {
    await this.send('POST', `/v1/schedules/${step(scheduleId)}/pause`, undefined, true);
  }

  async resume(scheduleId: string): Promise<void> {
    await this.send('POST', `/v1/schedules/${step(scheduleId)}/resume`, undefined, true);
  }

  /** Submits the schedule's job now, beside its occurrences. */
  trigger(scheduleId: string): Promise<{ readonly jobId: string }> {
    return this.write('POST', `/v1/schedules/${step(scheduleId)}/trigger`, undefined, false);
  }

  next(scheduleId: string, count: number): Promise<unknown> {
    return this.read(`/v1/schedules/${step(scheduleId)}/next`, { count });
  }

  occurrences(scheduleId: string): AsyncGenerator<Occurrence, void> {
    return this.walk((cursor) =>
      this.read<Page<Occurrence>>(`/v1/schedules/${step(scheduleId)}/occurrences`, { cursor }),
    );
  }
}
