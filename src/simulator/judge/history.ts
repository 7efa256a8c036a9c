import { type ReceiverName } from '../receivers/receivers.js';
import {
  type ChangeRecord,
  type EndRecord,
  type HeldRecord,
  type HeartbeatRecord,
  type LeaseRecord,
  type MalformedRecord,
  type ReadRecord,
  type ReceivedRecord,
  type RepeatRecord,
  type RotateRecord,
  type SubmitRecord,
  type TargetRecord,
  type TrespassRecord,
  type TriggerRecord,
} from '../records/records.js';

/** One event as `GET /v1/events` shows it. The judge knows its documented members and nothing of the engine. */
export interface HistoryEvent {
  readonly eventId: string;
  readonly jobId: string;
  readonly name: string;
  readonly revision: number;
  /** When it was decided, in ms since the epoch, by the engine's clock. */
  readonly at: number;
  readonly actor: string;
  readonly attempt: number | null;
  /** Of all that is shown of it. */
  readonly digest: string;
  readonly data: EventData;
}

/** One event with all of its data. */
export interface WholeEvent extends Omit<HistoryEvent, 'data'> {
  readonly data: Members;
}

/** What of an event's data is kept; of an `EMIT_EVENT` job the name that it publishes, of payloads, results and errors digests. */
type EventData = Readonly<Partial<Record<JudgedMember, unknown>>> & {
  readonly payload?: unknown;
  readonly payloadDigest?: string | null;
  /** Of the first event of a job. */
  readonly definition?: string;
  readonly resultDigest?: string | null;
  readonly errorDigest?: string | null;
  readonly errorCode?: string | null;
  /** How long the text of a result is. */
  readonly resultBytes?: number;
  /** Of an HTTP_REQUEST job: the path and query that it asks. */
  readonly target?: string;
  /** The same: the status and the body that its result has. */
  readonly answered?: string;
};

/** The members of an event's data that are judged or measured. The others are in the file of events, and would fill the memory. */
export const judgedMembers = [
  ...([
    'idempotency_key',
    'execution_at',
    'schedule_id',
    'job_type',
    'callback',
    'work_kind',
    'queue',
    'priority',
    'retry',
    'timeouts',
  ] as const),
  ...([
    'worker_id',
    'lease_id',
    'lease_ms',
    'reason',
    'retryable',
    'charged',
    'retry_at',
    'will_retry',
    'expires_at',
    'deadline_at',
  ] as const),
] as const;

export type JudgedMember = (typeof judgedMembers)[number];

/** A request to a receiver without its headers, which only a reader of the records wants. */
export type Received = Omit<ReceivedRecord, 'headers'>;

export interface Registered {
  readonly receiver: ReceiverName;
  readonly webhookId: string;
  readonly isHealthy: boolean;
  readonly events: readonly string[];
}

/** A tick of a schedule, as its ledger says. */
export interface Tick {
  readonly scheduleId: string;
  readonly dueAt: string;
  readonly outcome: string;
  readonly jobId: string | null;
}

/** A schedule as its client made it. */
export interface PreparedSchedule {
  readonly scheduleId: string;
  /** Digests of what each of its jobs is to be. */
  readonly payload: string | null;
  readonly definition: string;
}

/** A time of the run in which the database's clock was set elsewhere. */
export interface ClockJump {
  readonly atMs: number;
  /** When it was set back. */
  readonly healedMs: number;
}

/** A job as the list of jobs shows it. */
export interface ListedJob {
  readonly jobId: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly revision: number;
}

/** A queue as the list of queues shows it. */
interface ListedQueue {
  readonly queue: string;
  readonly depth: number;
  readonly running: number;
  readonly paused: boolean;
  readonly maxRunning: number | null;
}

/** What the list of jobs shows that is asked for one state. */
export interface ListedByState {
  readonly state: string;
  readonly jobs: readonly ListedJob[];
}

/** How the summary of a client counts its jobs and their attempts, all of them together. */
export interface ShownSummary {
  readonly jobs: number;
  readonly states: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly successRate: number | null;
  readonly attempts: number;
  readonly retries: number;
}

/** One job by the calls that show it alone. */
export interface ShownJob {
  readonly jobId: string;
  /** The code of the first answer that was none of these; null where there was none. */
  readonly refusal: string | null;
  /** By the names of the wire, with digests in the place of payload and result. */
  readonly now: Members;
  /** As it was said to be at a revision. */
  readonly before: { readonly revision: number; readonly job: Members };
  /** All pages of its own events, read last. */
  readonly events: readonly WholeEvent[];
}

export type Members = Readonly<Record<string, unknown>>;

/** With instants in ms since the epoch. */
export interface ShownReport extends ReportedEnd {
  readonly jobId: string;
  /** Digests, as it has them in its order. */
  readonly events: readonly string[];
  readonly attempts: readonly ShownAttempt[];
}

/** How a report says that its job came to its end. */
export interface ReportedEnd {
  /** A code where there was no report. */
  readonly outcome: string;
  readonly attempt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly queueWaitMs: number | null;
}

/** An attempt as a report shows it, with instants in ms since the epoch. */
export interface ShownAttempt {
  readonly attempt: number;
  readonly workerId: string | null;
  readonly queuedAt: number;
  readonly assignedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly outcome: string | null;
  readonly charged: boolean | null;
  /** Its digest. */
  readonly error: string | null;
}

/** All that is known of one client: what the log says of it, what it sent and was told, and what others saw. */
export interface History {
  readonly clientId: string;
  /** In the order of the log. */
  readonly events: readonly HistoryEvent[];
  readonly submits: readonly SubmitRecord[];
  readonly malformed: readonly MalformedRecord[];
  readonly triggers: readonly TriggerRecord[];
  readonly changes: readonly ChangeRecord[];
  readonly trespasses: readonly TrespassRecord[];
  readonly reads: readonly ReadRecord[];
  readonly repeats: readonly RepeatRecord[];
  readonly rotations: readonly RotateRecord[];
  readonly leases: readonly LeaseRecord[];
  readonly ends: readonly EndRecord[];
  readonly heartbeats: readonly HeartbeatRecord[];
  /** What the target of HTTP_REQUEST jobs was asked. */
  readonly asked: readonly TargetRecord[];
  readonly scheduleIds: readonly string[];
  readonly schedules: readonly PreparedSchedule[];
  readonly ticks: readonly Tick[];
  readonly webhooks: readonly Registered[];
  /** In the order in which they came. */
  readonly received: readonly Received[];
  /** What lists and reports showed at the end; null before they are read. */
  readonly listed: readonly ListedJob[] | null;
  readonly listedByState: ListedByState | null;
  readonly reports: readonly ShownReport[];
  readonly shown: readonly ShownJob[];
  readonly summary: ShownSummary | null;
  readonly queues: readonly ListedQueue[];
  /** What was shown of queues that were paused, and jobs put into them. */
  readonly held: readonly HeldRecord[];
  readonly jumps: readonly ClockJump[];
  /** When the events were read, in ms since the epoch: what is due later may still wait. */
  readonly readAt: number;
}

/** What is wrong, with the job that it is about, where there is one. */
export interface Fault {
  readonly jobId: string | null;
  readonly text: string;
}

export interface Invariant {
  readonly name: string;
  /** What it holds the engine to, in a sentence. */
  readonly promise: string;
  readonly faultsIn: (history: History) => Iterable<Fault>;
  /** In how many cases it could have been broken: none, and it is not known to hold. Absent: each event is one. */
  readonly casesIn?: (history: History) => number;
}
