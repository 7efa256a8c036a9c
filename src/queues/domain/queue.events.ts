import type { Instant } from '../../kernel/instant.js';
import type { DomainEvent } from '../../kernel/message.js';

export type QueueEvent = QueuePaused | QueueResumed;

/** A queue is a name within a client; its stream's id is derived from both. */
type OfQueue = Readonly<{ queueId: string; clientId: string; queue: string }>;

/** Its jobs wait until it is resumed. What is leased already goes on. */
export type QueuePaused = DomainEvent<'QueuePaused', OfQueue & { pausedAt: Instant }>;

export type QueueResumed = DomainEvent<'QueueResumed', OfQueue & { resumedAt: Instant }>;
