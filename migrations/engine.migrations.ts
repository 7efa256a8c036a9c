import { type MigrationInterface } from 'typeorm';
import { Followers1767225600001 } from './engine/0001-followers.js';
import { Jobs1767225600002 } from './engine/0002-jobs.js';
import { Clients1767225600003 } from './engine/0003-clients.js';

export const engineMigrations: readonly (new () => MigrationInterface)[] = [
  Followers1767225600001,
  Jobs1767225600002,
  Clients1767225600003,
];
