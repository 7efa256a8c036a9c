import { RequestMalformed } from '../http.refusals.js';

/** A body that is not JSON, or JSON that no door takes. Says where: the member by its pointer, the place by its byte. */
export class MalformedJson extends RequestMalformed {
  constructor(what: string, path: readonly (string | number)[], byte: number) {
    super(`The body is not acceptable JSON: ${what}, at byte ${byte}.`, [
      { pointer: pointerTo(path), detail: `${what}, at byte ${byte}` },
    ]);
  }
}

/** RFC 6901. */
export const pointerTo = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
