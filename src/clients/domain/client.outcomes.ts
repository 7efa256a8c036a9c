import { type Position } from '../../kernel/recorded.js';
import { type ExistingClient, type Key } from './client.state.js';

/** A client after a command, with the place of its last event. */
export type ClientOutcome = Readonly<{ client: ExistingClient; position: Position | null }>;

/** A key after a command. */
export type KeyOutcome = Readonly<{ key: Key; isNew: boolean; position: Position | null }>;
