import { type Position } from '../../kernel/recorded.js';

/** The answer to a write, with the place in the log where what it wrote ends; null when there was nothing to write. */
export class Written<Body> {
  constructor(
    readonly body: Body,
    readonly position: Position | null,
  ) {}
}
