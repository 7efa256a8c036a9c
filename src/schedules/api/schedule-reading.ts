import { type Instant } from '../../kernel/instant.js';
import { type Fault } from '../../kernel/refusal.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { isInstantText } from '../../platform/http/validation/formats.js';
import { readerOf } from '../../platform/http/validation/request-reader.js';
import { type RequestClass } from '../../platform/http/validation/schema.js';
import { type CronCalendar } from '../cron/cron-calendar.js';
import { faultsOfCron, isEverDue, isZone } from '../cron/cron-faults.js';
import { zoneNamedIn } from '../domain/cron-zone.js';
import { type ScheduledJob, type ScheduleRule } from '../domain/schedule.events.js';
import { type JobReader } from './job-reader.js';
import {
  ChangeScheduleRequest,
  CreateScheduleRequest,
  DeclareScheduleRequest,
  maxNameLength,
} from './schedule.requests.js';

type Members = Readonly<Record<string, unknown>>;

/** What a request asks for, as the domain says it. */
interface ReadSchedule<Rule> {
  readonly rule: Rule;
  readonly paused: boolean | null;
}

interface ReadRequest<Request> {
  readonly request: Request;
  readonly job: ScheduledJob | null;
}

/** Reads requests about schedules, or refuses them with every fault at once. */
export class ScheduleReading {
  constructor(
    private readonly jobs: JobReader,
    private readonly calendar: CronCalendar,
  ) {}

  /** Throws `ValidationFailed`. */
  readNew(body: unknown, clientId: string, at: Instant): ReadSchedule<ScheduleRule> {
    const faults = [...faultsOfZone(body), ...faultsOfEnd(body, at)];
    const read = this.#read(CreateScheduleRequest, body, clientId, at, faults);
    return wholeSchedule(read.request.name, read);
  }

  /**
   * The whole of the schedule that is to have a name. Whether its end has come is left to who knows the schedule: what is as
   * it was is no fault. Throws `ValidationFailed`.
   */
  readDeclared(name: string, body: unknown, clientId: string, at: Instant): ReadSchedule<ScheduleRule> {
    const faults = [...faultsOfName(name, body), ...faultsOfZone(body)];
    return wholeSchedule(name, this.#read(DeclareScheduleRequest, body, clientId, at, faults));
  }

  /** Throws `ValidationFailed`. */
  readChanges(body: unknown, clientId: string, at: Instant): ReadSchedule<Partial<ScheduleRule>> {
    const { request, job } = this.#read(ChangeScheduleRequest, body, clientId, at, faultsOfEnd(body, at));
    const { name, cron, missed, overlap, start_at, end_at, paused } = request;
    const timezone = (cron === undefined ? null : zoneNamedIn(cron)) ?? request.timezone;
    const rule = {
      ...(name === undefined ? {} : { name }),
      ...(cron === undefined ? {} : { cron }),
      ...(timezone === undefined ? {} : { timezone }),
      ...(missed === undefined ? {} : { missed }),
      ...(overlap === undefined ? {} : { overlap }),
      ...(start_at === undefined ? {} : { startAt: instantOf(start_at) }),
      ...(end_at === undefined ? {} : { endAt: instantOf(end_at) }),
      ...(job === null ? {} : { job }),
    };
    return { rule, paused: paused ?? null };
  }

  #read<Request extends object>(
    requestClass: RequestClass<Request>,
    body: unknown,
    clientId: string,
    at: Instant,
    moreFaults: readonly Fault[],
  ): ReadRequest<Request> {
    const members = membersOf(body);
    const { request, faults } = shapeOf(requestClass, body);
    const { job, faults: jobFaults } = this.#readJob(members['job'], clientId);
    const all = [...faults, ...moreFaults, ...this.#faultsOfRule(members, at), ...jobFaults];
    if (request === null || all.length > 0) throw new ValidationFailed('RFA_SCHEDULE_VALIDATION_FAILED', all);
    return { request, job };
  }

  #readJob(body: unknown, clientId: string): { readonly job: ScheduledJob | null; readonly faults: readonly Fault[] } {
    // What is not an object at all is a fault of the shape.
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return { job: null, faults: [] };
    const reading = this.jobs.read(body, clientId);
    if ('job' in reading) return { job: reading.job, faults: [] };
    return {
      job: null,
      faults: reading.faults.map(({ pointer, detail }) => ({ pointer: `/job${pointer}`, detail })),
    };
  }

  #faultsOfRule({ cron, timezone, start_at, end_at }: Members, at: Instant): readonly Fault[] {
    const faults: Fault[] = [];
    const add = (pointer: string, detail: string): void => {
      faults.push({ pointer, detail });
    };
    if (typeof cron === 'string' && cron !== '' && cron.length <= 200)
      for (const detail of this.#faultsOfCron(cron, at)) add('/cron', detail);
    if (typeof timezone === 'string' && timezone !== '' && !isZone(timezone))
      add('/timezone', 'must be a name of the IANA time zone database, such as Europe/Berlin or UTC');
    const [start, end] = [readable(start_at), readable(end_at)];
    if (start !== null && end !== null && end <= start) add('/end_at', 'must be later than start_at');
    return faults;
  }

  #faultsOfCron(cron: string, at: Instant): readonly string[] {
    const faults = faultsOfCron(cron);
    if (faults.length > 0 || isEverDue(this.calendar, cron, at)) return faults;
    return ['is never due: no day within the next forty years is one it names'];
  }
}

/** What the members say together. */
function wholeSchedule(
  name: string,
  { request, job }: ReadRequest<Omit<DeclareScheduleRequest, 'name'>>,
): ReadSchedule<ScheduleRule> {
  if (job === null) throw new TypeError('a schedule passed for good without a job');
  const { cron, missed = 'skip', overlap = 'allow', start_at, end_at, paused } = request;
  // A zone in front of the expression is nearer to it than any other.
  const timezone = zoneNamedIn(cron) ?? request.timezone;
  if (timezone === undefined) throw new TypeError('a schedule passed for good without a zone');
  const [startAt, endAt] = [instantOf(start_at ?? null), instantOf(end_at ?? null)];
  return { rule: { name, cron, timezone, missed, overlap, startAt, endAt, job }, paused: paused ?? null };
}

function faultsOfZone(body: unknown): readonly Fault[] {
  const { cron, timezone } = membersOf(body);
  const isNamed = timezone !== undefined || (typeof cron === 'string' && zoneNamedIn(cron) !== null);
  return isNamed ? [] : [{ pointer: '/timezone', detail: 'is required' }];
}

/** The fault of an end that lies in the past; one that contradicts the start is reported for that alone. */
function faultsOfEnd(body: unknown, at: Instant): readonly Fault[] {
  const { start_at, end_at } = membersOf(body);
  const [start, end] = [readable(start_at), readable(end_at)];
  if (end === null || end > at || (start !== null && end <= start)) return [];
  return [{ pointer: '/end_at', detail: 'must lie in the future' }];
}

/** Of the name in the path, and of the one in the body, where there is one. */
function faultsOfName(name: string, body: unknown): readonly Fault[] {
  const { name: other = name } = membersOf(body);
  return [
    ...(goodName.test(name) ? [] : [{ pointer: '/name', detail: nameRule }]),
    ...(other === name ? [] : [{ pointer: '/name', detail: 'must be the name in the path, or absent' }]),
  ];
}

const goodName = new RegExp(`^[^\\p{Cc}]{1,${maxNameLength}}$`, 'u');
const nameRule = `in the path must be 1 to ${maxNameLength} characters long, without control characters`;

const membersOf = (body: unknown): Members => (typeof body === 'object' && body !== null ? (body as Members) : {});

function shapeOf<Request extends object>(
  requestClass: RequestClass<Request>,
  body: unknown,
): { readonly request: Request | null; readonly faults: readonly Fault[] } {
  try {
    return { request: readerOf(requestClass).read(body), faults: [] };
  } catch (error) {
    if (error instanceof ValidationFailed) return { request: null, faults: error.faults };
    throw error;
  }
}

const instantOf = (text: string | null): Instant | null => (text === null ? null : Date.parse(text));

const readable = (value: unknown): Instant | null =>
  typeof value === 'string' && isInstantText(value) ? Date.parse(value) : null;
