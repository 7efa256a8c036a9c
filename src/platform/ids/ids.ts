import { v5, v7 } from 'uuid';

/** New ids: UUIDv7 (RFC 9562), rising within a process. */
export abstract class Ids {
  abstract next(): string;
}

export class RandomIds extends Ids {
  next(): string {
    return v7();
  }
}

const forgeRun = 'c5b2f0a6-6f0e-5d0b-9d43-0a4a3f6f8f11';

/** The id that follows from its causes (UUIDv5): the same parts give the same id on every node, for ever. */
export const derivedId = (kind: string, ...parts: readonly (string | number)[]): string =>
  v5(JSON.stringify([kind, ...parts]), forgeRun);
