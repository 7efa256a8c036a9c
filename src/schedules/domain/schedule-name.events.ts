import { type Instant } from '../../kernel/instant.js';
import { type DomainEvent } from '../../kernel/message.js';

export type ScheduleNameEvent = NameTaken | NameFreed;

type Holding = Readonly<{ clientId: string; name: string; scheduleId: string }>;

export type NameTaken = DomainEvent<'NameTaken', Holding & { takenAt: Instant }>;
type NameFreed = DomainEvent<'NameFreed', Holding>;
