import { isNativeError } from 'node:util/types';

/** Not by `instanceof`: under jest, Node's own errors come from another realm. */
export const errnoOf = (error: unknown): string | undefined =>
  isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The result, or undefined when it failed in one of the ways that were expected. */
export async function unless<Result>(codes: readonly string[], work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = errnoOf(error);
    if (code !== undefined && codes.includes(code)) return undefined;
    throw error;
  }
}
