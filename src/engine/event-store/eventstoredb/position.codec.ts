import { type Position as LogPosition } from '@eventstore/db-client';
import { type Position } from '../../../kernel/recorded.js';

const halfBits = 64n;
const half = (1n << halfBits) - 1n;

/** A position of EventStoreDB is a pair of 64-bit offsets; one number that orders the same keeps both of them whole. */
export const positionFrom = ({ commit, prepare }: LogPosition): Position => (commit << halfBits) | prepare;

export const logPositionFrom = (position: Position): LogPosition => ({
  commit: position >> halfBits,
  prepare: position & half,
});

/** The greatest pair means «not known»: servers before 22.10 say so of events read by stream, 24.x of some checkpoints. */
export const isKnown = ({ commit, prepare }: LogPosition): boolean => commit < half && prepare < half;
