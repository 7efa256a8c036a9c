import { type MigrationInterface } from 'typeorm';
import { EventLog1767225600001 } from './log/0001-event-log.js';
import { ReadEvents1767225600002 } from './log/0002-read-events.js';

export const logMigrations: readonly (new () => MigrationInterface)[] = [
  EventLog1767225600001,
  ReadEvents1767225600002,
];
