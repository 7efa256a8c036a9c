import { type Position } from '../../kernel/recorded.js';

/** Where the nodes report to each other how far their feeds of client events have come. */
export abstract class FeedNodes {
  /** Says that this node is there and has received everything up to a position; null: nothing yet. */
  abstract note(position: Position | null): Promise<void>;

  /** Whether every other node that is there has received everything up to the position. */
  abstract areOthersAt(position: Position): Promise<boolean>;

  /** The end of this node: it opens nothing any more. */
  abstract leave(): Promise<void>;
}
