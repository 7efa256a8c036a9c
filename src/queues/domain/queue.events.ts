import { type Instant } from '../../kernel/instant.js';
import { type DomainEvent } from '../../kernel/message.js';

export type QueueEvent = QueuePaused | QueueResumed | QueueLimited;

/** A queue is a name within a client; its stream's id is derived from both. */
type OfQueue = Readonly<{ queueId: string; clientId: string; queue: string }>;

/** Its jobs wait until it is resumed. What is leased already goes on. */
export type QueuePaused = DomainEvent<'QueuePaused', OfQueue & { pausedAt: Instant }>;

export type QueueResumed = DomainEvent<'QueueResumed', OfQueue & { resumedAt: Instant }>;

/** At most so many of its jobs are leased at once, on all nodes together; null: any number. */
export type QueueLimited = DomainEvent<'QueueLimited', OfQueue & { maxRunning: number | null; limitedAt: Instant }>;
