import { type RequestFault } from './forge-run-error.js';

/** The API's things as TypeScript sees them: names in camelCase, timestamps as RFC 3339 text. */
export type JobType = 'EXECUTE' | 'DEFERRED' | 'EMIT_EVENT';
export type JobState = 'CREATED' | 'QUEUED' | 'ASSIGNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
export type JobOutcome = 'SUCCESS' | 'FAILED' | 'CANCELED';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface SubmitRequest {
  readonly type: JobType;
  readonly workKind?: string;
  readonly payload?: unknown;
  readonly executionAt?: string;
  readonly callback?: string;
  /** Made up where it is absent, so that a submit whose answer was lost can be repeated without a second job. */
  readonly idempotencyKey?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly retry?: {
    readonly maxAttempts?: number;
    readonly backoffBaseMs?: number;
    readonly backoffFactor?: number;
    readonly backoffMaxMs?: number;
    readonly jitter?: 'full' | 'none';
  };
  readonly timeouts?: { readonly executionMs?: number; readonly queueMs?: number; readonly totalMs?: number };
  readonly tags?: Readonly<Record<string, string>>;
  readonly correlationId?: string;
}

export interface Submitted {
  readonly jobId: string;
  readonly state: JobState;
  readonly createdAt: string;
  /** The job had been submitted before under the same key. */
  readonly replayed: boolean;
  /** Hand it to a read as `minPosition` to be sure that the read knows of this write. */
  readonly position: string | null;
}

export interface BatchItem {
  readonly index: number;
  readonly status: number;
  readonly jobId?: string;
  readonly state?: JobState;
  readonly problem?: { readonly code: string; readonly detail: string; readonly errors?: readonly RequestFault[] };
}

export interface JobError {
  readonly code: string | null;
  readonly message: string;
}

export interface Job {
  readonly jobId: string;
  readonly clientId: string;
  readonly type: JobType;
  readonly workKind: string;
  readonly queue: string;
  readonly priority: number;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly payload: unknown;
  readonly result: unknown;
  readonly error: JobError | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly callback: string | null;
  readonly correlationId: string | null;
  readonly scheduleId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly executionAt: string | null;
  readonly queuedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly nextRetryAt: string | null;
  readonly progress: { readonly percent: number | null; readonly message: string | null } | null;
  readonly revision: number;
}

export interface JobFilter {
  readonly state?: JobState;
  readonly workKind?: string;
  readonly queue?: string;
  /** `key:value`. */
  readonly tag?: string;
  readonly scheduleId?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface JobEvent {
  readonly eventId: string;
  readonly jobId: string | null;
  readonly eventName: string;
  readonly revision: number;
  readonly position: string;
  readonly prevState: JobState | null;
  readonly nextState: JobState | null;
  readonly timestamp: string;
  readonly attempt: number | null;
  readonly data: unknown;
  readonly actor: string;
  readonly via: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

export interface Report {
  readonly jobId: string;
  readonly outcome: JobOutcome;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly finishedAt: string;
  readonly durationMs: number | null;
  readonly queueWaitMs: number | null;
  readonly attempts: readonly ReportedAttempt[];
  readonly events: readonly JobEvent[];
}

export interface ReportedAttempt {
  readonly attempt: number;
  readonly workerId: string | null;
  readonly queuedAt: string;
  readonly assignedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly outcome: string | null;
  /** Whether it counts as one of the job's `maxAttempts`; null while it goes on. */
  readonly charged: boolean | null;
  readonly error: JobError | null;
}

export interface JobChange {
  readonly jobId: string;
  readonly state: JobState;
  readonly updatedAt: string;
  readonly attempt?: number;
}

export interface Why {
  readonly state: JobState;
  /** Absent where the engine does not send it. */
  readonly because?: readonly { readonly eventId: string; readonly text: string }[];
  /** `kind` is for programs: `time`, `queue_paused`, `no_worker`, `retry`, and more to come. */
  readonly waitingFor: readonly { readonly kind: string; readonly text: string; readonly eventId?: string }[];
}

export interface Client {
  readonly clientId: string;
  readonly name: string | null;
  readonly createdAt: string;
}

export interface ApiKey {
  /** Shown once: null where the key existed already. */
  readonly apiKey: string | null;
  readonly keyId: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export interface Webhook {
  readonly webhookId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Delivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly jobId: string | null;
  readonly state: 'PENDING' | 'DELIVERED' | 'EXHAUSTED' | 'DROPPED';
  readonly nextAttemptAt: string | null;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly at: string;
    readonly status: number | null;
    readonly durationMs: number;
    readonly error: string | null;
  }[];
}

export interface ScheduleRequest {
  readonly name: string;
  readonly cron: string;
  /** May be left out where `cron` begins with `TZ=` or `CRON_TZ=`. */
  readonly timezone?: string;
  readonly job: Omit<SubmitRequest, 'executionAt' | 'idempotencyKey'>;
  readonly missed?: 'skip' | 'fire_once' | 'fire_all';
  readonly overlap?: 'allow' | 'skip' | 'buffer_one' | 'cancel_previous';
  readonly startAt?: string;
  readonly endAt?: string;
  readonly paused?: boolean;
}

export interface Schedule extends ScheduleRequest {
  readonly timezone: string;
  readonly scheduleId: string;
  readonly version: number;
  readonly nextAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Occurrence {
  readonly dueAt: string;
  readonly outcome: 'FIRED' | 'SKIPPED' | 'MISSED' | 'BUFFERED';
  readonly reason: string | null;
  readonly jobId: string | null;
  readonly scheduleVersion: number;
}

export interface Queue {
  readonly queue: string;
  readonly depth: number;
  readonly running: number;
  readonly oldestQueuedAt: string | null;
  readonly oldestAgeMs: number | null;
  readonly paused: boolean;
  readonly maxRunning: number | null;
}
