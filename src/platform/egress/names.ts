import { lookup } from 'node:dns/promises';

/** Turns a host name into addresses; tests bring their own. */
export abstract class Names {
  /** Every address of a name. Rejects when there is none. */
  abstract resolve(name: string): Promise<readonly string[]>;
}

/** This machine's own resolver, with its hosts file: self-hosters name receivers there. */
export class SystemNames extends Names {
  readonly #asked = new Map<string, Promise<readonly string[]>>();

  /** A name is asked for once at a time: each question holds one of the process's few threads, and some are never answered. */
  resolve(name: string): Promise<readonly string[]> {
    const asked = this.#asked.get(name) ?? this.#ask(name);
    this.#asked.set(name, asked);
    return asked;
  }

  async #ask(name: string): Promise<readonly string[]> {
    try {
      const found = await lookup(name, { all: true, verbatim: true });
      return found.map(({ address }) => address);
    } finally {
      this.#asked.delete(name);
    }
  }
}
