import { type HeaderValues } from './exchange.js';

/** One fault of a refused request. */
export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

/** An answer of the engine that is not a success, as its problem document (RFC 9457) states it. */
export class ForgeRunError extends Error {
  override readonly name = 'ForgeRunError';
  constructor(
    readonly status: number,
    /** `RFA_...`; `HTTP_<status>` where the answer was not a problem document. */
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly RequestFault[],
    /** When trying again can make sense, in milliseconds from now. */
    readonly retryAfterMs: number | null,
    readonly requestId: string | null,
  ) {
    super(withFaults(`${code}: ${detail}`, errors));
  }
}

/** No answer came: the request may or may not have been carried out. */
export class ForgeRunUnreachable extends Error {
  override readonly name = 'ForgeRunUnreachable';
}

/** The sentence of a problem with its faults, one a line. */
export const withFaults = (sentence: string, errors: readonly RequestFault[]): string =>
  [sentence, ...errors.map((fault) => `${fault.pointer} ${fault.detail}`)].join('\n  ');

export function problemOf(status: number, headers: HeaderValues, text: string): ForgeRunError {
  const problem = membersOf(text);
  const { code, detail, title, instance } = problem;
  return new ForgeRunError(
    status,
    typeof code === 'string' ? code : `HTTP_${status}`,
    [detail, title].find((words) => typeof words === 'string') ?? `the engine answered ${status}`,
    faultsOf(problem.errors),
    retryAfterMsOf(headers.get('retry-after')),
    headers.get('x-request-id') ?? (typeof instance === 'string' ? instance : null),
  );
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // A proxy on the way answers in its own words; the status says enough.
    return {};
  }
}

export function faultsOf(errors: unknown): readonly RequestFault[] {
  if (!Array.isArray(errors)) return [];
  return (errors as unknown[]).filter(
    (fault): fault is RequestFault =>
      typeof fault === 'object' && fault !== null && 'pointer' in fault && 'detail' in fault,
  );
}

/** `Retry-After` in its two forms: seconds, or a date (RFC 9110). */
function retryAfterMsOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
