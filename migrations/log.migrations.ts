import { type MigrationInterface } from 'typeorm';
import { EventLog1767225600001 } from './log/0001-event-log.js';

export const logMigrations: readonly (new () => MigrationInterface)[] = [EventLog1767225600001];
