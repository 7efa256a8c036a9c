import { builtInKinds } from '../kernel/work-kinds.js';
import { type WorkerSlots } from './worker-slots.js';

/** In the place of a client where the engine's own worker asks or holds a lease: no key opens a call on it. */
export const engineItself = '00000000-0000-0000-0000-000000000000';

/** Which jobs a worker may be given. Null means any. */
export interface LeaseFilter {
  /** Null: the engine's own worker, for the jobs of every client. */
  readonly clientId: string | null;
  readonly queues: readonly string[] | null;
  readonly workKinds: readonly string[] | null;
  /** For a worker of all clients: who may have how many of its slots. Absent: the client that comes first. */
  readonly slots?: WorkerSlots;
}

/** Kinds that a worker never gets, whatever it asks for: what runs them holds the engine's own rights. */
export const kindsBarredFor = ({ clientId }: LeaseFilter): readonly string[] => (clientId === null ? [] : builtInKinds);
