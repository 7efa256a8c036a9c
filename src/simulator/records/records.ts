import { type Conduct } from '../workers/conduct.js';
import { type ReceiverName } from '../receivers/receivers.js';

/** How a call ended for the one that made it. `unknown`: no answer came, so it may or may not have been carried out. */
export type CallOutcome = 'ok' | 'refused' | 'unknown';

interface Call {
  readonly clientId: string;
  /** From the beginning of the run, by the clock that never jumps. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly outcome: CallOutcome;
  /** Of the answer; null where none came. */
  readonly status: number | null;
  readonly code: string | null;
}

export type SubmitRecord = Call & {
  readonly kind: 'submit';
  readonly key: string;
  /** Another request than the first one under its key: not both can be taken. */
  readonly isOther: boolean;
  readonly workKind: string;
  /** Its digest. */
  readonly payload: string | null;
  readonly jobId: string | null;
  readonly replayed: boolean;
  /** A digest of each member of what it asks for, with the documented defaults. */
  readonly definition: string;
  /** Before when it may not run, in ms since the epoch; null: at once. */
  readonly dueAt: number | null;
  /** How long that had passed when the answer came, by the clock of this machine; negative: it had not yet. */
  readonly lateMs: number | null;
  /** Null: it came alone. */
  readonly inBatch: BatchPlace<number> | null;
};

/** One of many in one call. */
export interface BatchPlace<Name> {
  readonly batch: string;
  /** From 0, as it was sent. */
  readonly place: number;
  /** What the answer in its place says that it is about; null where it says nothing, or where no good answer came. */
  readonly answeredAs: Name | null;
}

export type MalformedRecord = Call & { readonly kind: 'malformed'; readonly name: string };

export type ChangeRecord = Call & {
  readonly kind: 'change';
  readonly call: 'cancel' | 'retry';
  readonly jobId: string;
  /** Of the job, as the answer has it. */
  readonly state: string | null;
  /** The same; the answer to a cancel has none. */
  readonly attempt: number | null;
};

export type TriggerRecord = Call & {
  readonly kind: 'trigger';
  readonly scheduleId: string;
  readonly jobId: string | null;
};

/** Something that an answer named of what belongs to a client. */
export interface ShownProperty {
  readonly sort: 'client' | 'job' | 'schedule' | 'webhook' | 'queue';
  /** Of a queue its name. */
  readonly id: string;
}

/** A call by which a client tried to reach what belongs to another. */
export type TrespassRecord = Call & {
  readonly kind: 'trespass';
  /** Its method and route. */
  readonly call: string;
  /** The path that was asked. */
  readonly at: string;
  /** It named something of another, which has to be unknown; the answers to the others may show what is the caller's own. */
  readonly isToUnknown: boolean;
  /** What the answer named, each once. */
  readonly shown: readonly ShownProperty[];
};

/** A read of an own job, with the position that its submit was answered with. */
export type ReadRecord = Call & { readonly kind: 'read'; readonly jobId: string };

/** A delivery as a list of deliveries names it. */
export interface NamedDelivery {
  readonly deliveryId: string;
  readonly eventId: string;
}

/** A call that asks for deliveries to be made again. */
export type RepeatRecord = Call & {
  readonly kind: 'repeat';
  readonly call: 'redeliver' | 'replay';
  readonly receiver: ReceiverName;
  /** Those that had come to their end before, as the list of deliveries said. */
  readonly ended: readonly NamedDelivery[];
  /** Of a replay: the events of which time it asks for, in ms since the epoch, and by which filters. */
  readonly span: { readonly fromAt: number; readonly toAt: number; readonly types: readonly string[] } | null;
};

/** A call that replaces the secret of a webhook, or of the callbacks, by a new one. */
export type RotateRecord = Call & {
  readonly kind: 'rotate';
  readonly receiver: ReceiverName;
  /** The number of the new one; null where no answer showed it. */
  readonly secret: number | null;
};

/** A lease that a worker of the simulator was given. */
export interface LeaseRecord {
  readonly kind: 'lease';
  readonly clientId: string;
  readonly atMs: number;
  readonly jobId: string;
  readonly leaseId: string;
  readonly attempt: number;
  /** Digest of the payload that came with it, to the byte. */
  readonly payload: string | null;
  readonly queue: string;
  readonly workKind: string;
  readonly executionTimeoutMs: number;
  readonly workerId: string;
  readonly conduct: Conduct;
}

/** A worker of the simulator asked for leases, and got no good answer. */
interface UnleasedRecord {
  readonly kind: 'unleased';
  readonly clientId: string;
  readonly atMs: number;
  readonly text: string;
}

/** What a worker of the simulator reported of a lease. */
export type EndRecord = Call & {
  readonly kind: 'end';
  readonly call: 'complete' | 'fail';
  readonly jobId: string;
  readonly leaseId: string;
  /** Of the job, as the answer has it; null where there was no good answer. */
  readonly state: string | null;
  /** When its retry comes, as the answer to a failure has it, in ms since the epoch. */
  readonly retryAt: number | null;
  /** Digest of the result that a completion brings; null where it brings none. */
  readonly result: string | null;
  /** The same of the error that a failure brings. */
  readonly error: string | null;
  /** The worker hung up before an answer could come, as its conduct has it. */
  readonly isHangUp: boolean;
  /** Null: it came alone. */
  readonly inBatch: BatchPlace<string> | null;
};

/** What a worker of the simulator was answered when it said that it is alive. */
export type HeartbeatRecord = Call & {
  readonly kind: 'heartbeat';
  readonly jobId: string;
  readonly leaseId: string;
  /** Null where there was no good answer. */
  readonly cancelRequested: boolean | null;
  /** Until when its lease is kept, in ms since the epoch; null where there was no good answer. */
  readonly expiresAt: number | null;
};

/** What was shown of a paused queue when jobs had been put into it that no worker may have. */
export type HeldRecord = Call & {
  readonly kind: 'held';
  readonly queue: string;
  readonly jobIds: readonly string[];
  /** Null where there was no good answer. */
  readonly depth: number | null;
};

/** One request that a receiver got. */
export interface ReceivedRecord {
  readonly kind: 'received';
  readonly clientId: string;
  readonly receiver: ReceiverName;
  readonly atMs: number;
  readonly webhookId: string;
  /** Of its body: that of every other request with its id. */
  readonly digest: string;
  /** Whether it says that it is one of those that a replay asked for. */
  readonly isReplay: boolean;
  /** Of a callback: the end of the URL that its job named; null for webhooks. */
  readonly calledFor: string | null;
  /** Which of the secrets that its registration and rotations showed signed its bytes: 0 is the first. */
  readonly signedBy: readonly number[];
  /** How far its timestamp lies from when it came; null where it has none. */
  readonly stampedOffMs: number | null;
  readonly type: string;
  readonly jobId: string | null;
  readonly sequence: number | null;
  readonly eventId: string | null;
  /** Digest of the event that it tells of; of what an application event says, where it is one. */
  readonly told: string | null;
  /** In which the job is, as it says. */
  readonly state: string | null;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One request of an HTTP_REQUEST job that the target got. */
export interface TargetRecord {
  readonly kind: 'asked';
  readonly clientId: string;
  readonly atMs: number;
  /** Its path and query, which name the job. */
  readonly url: string;
  /** What it was answered with. */
  readonly status: number;
}

/** Something that went wrong on purpose. */
export interface FaultRecord {
  readonly kind: 'fault';
  readonly name: string;
  readonly about: string;
  /** To whom it happened. */
  readonly target: string;
  readonly atMs: number;
  /** When its cause was taken away. */
  readonly endedMs: number;
  /** When what was down is ready again. */
  readonly healedMs: number;
}

/** An engine that ended without being told to, or could not be started. */
export interface EndedRecord {
  readonly kind: 'ended';
  readonly node: string;
  readonly how: string;
  readonly atMs: number;
}

/** What a client, its workers and its receivers sent, were answered and saw. */
export type ClientRecord =
  | SubmitRecord
  | MalformedRecord
  | ChangeRecord
  | TriggerRecord
  | TrespassRecord
  | ReadRecord
  | RepeatRecord
  | RotateRecord
  | LeaseRecord
  | UnleasedRecord
  | EndRecord
  | HeartbeatRecord
  | HeldRecord
  | TargetRecord
  | ReceivedRecord;

export type SimulationRecord = ClientRecord | FaultRecord | EndedRecord;
