import { type Position } from '../../kernel/recorded.js';
import { RequestMalformed } from './http.refusals.js';

/** What a write answers in `ForgeRun-Position`; opaque to callers. */
export const positionToken = (position: Position): string => `p${position.toString(36)}`;

/** What a read sends in `ForgeRun-Min-Position`. Throws `RequestMalformed`. */
export function positionFrom(token: string): Position {
  if (!/^p[0-9a-z]{1,26}$/.test(token))
    throw new RequestMalformed('ForgeRun-Min-Position is not a token that this engine gave.');
  let position = 0n;
  for (const digit of token.slice(1)) position = position * 36n + BigInt(Number.parseInt(digit, 36));
  return position;
}
