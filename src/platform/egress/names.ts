import { lookup } from 'node:dns/promises';

/** Turns a host name into addresses; tests bring their own. */
export abstract class Names {
  /** Every address of a name. Rejects when there is none. */
  abstract resolve(name: string): Promise<readonly string[]>;
}

/** This machine's own resolver, with its hosts file: self-hosters name receivers there. */
export class SystemNames extends Names {
  async resolve(name: string): Promise<readonly string[]> {
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  }
}
