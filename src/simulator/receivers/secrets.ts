import { isSignedWith, type Signed } from './signature.js';

/** The secrets that the answers to a registration and to its rotations showed, numbered in their order. */
export class Secrets {
  readonly #shown: string[] = [];

  constructor(first: string) {
    this.#shown.push(first);
  }

  /** The number of the new one. */
  add(secret: string): number {
    this.#shown.push(secret);
    return this.#shown.length - 1;
  }

  /** Numbers of those that signed it. */
  signersOf(signed: Signed): readonly number[] {
    return this.#shown.flatMap((secret, number) => (isSignedWith(secret, signed) ? [number] : []));
  }
}
