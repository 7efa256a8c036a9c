import { RequestMalformed } from '../http.refusals.js';

/** A body that is not JSON, or JSON that the API does not take. Says where: the member by its pointer, the place by its byte. */
export class MalformedJson extends RequestMalformed {
  constructor(what: string, path: readonly (string | number)[], byte: number, whole = 'body') {
    super(`The ${whole} is not acceptable JSON: ${what}, at byte ${byte}.`, [
      { pointer: pointerTo(path), detail: `${what}, at byte ${byte}` },
    ]);
  }
}

/** JSON that the API does not take: in a batch it is a fault of its item alone. */
export class UnfitJson extends MalformedJson {
  readonly #path: readonly (string | number)[];

  constructor(
    private readonly what: string,
    path: readonly (string | number)[],
    private readonly byte: number,
    whole?: string,
  ) {
    super(what, path, byte, whole);
    this.#path = [...path];
  }

  /** The fault of an item by itself: the pointer begins at the item, the byte still counts from the body's first. */
  within(item: readonly (string | number)[]): UnfitJson {
    return new UnfitJson(this.what, this.#path.slice(item.length), this.byte, 'item');
  }
}

/** Stands in a body where an item of a batch stood that cannot be read. */
export class UnfitItem {
  constructor(readonly fault: UnfitJson) {}
}

/** RFC 6901. */
export const pointerTo = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** As `pointerTo`, but the same for every item of a list, which no pointer has a word for. */
export const placeOf = (path: readonly (string | number)[]): string =>
  path.map((part) => (typeof part === 'number' ? anyItem : pointerTo([part]))).join('');

const anyItem = '/~n';
