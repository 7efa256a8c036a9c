import { type Fault, type Refusal, type RefusalKind } from '../../kernel/refusal.js';
import { problems } from './problems.js';

/** RFC 9457, with ForgeRun's code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id. */
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly Fault[];
}

/** A problem, and the header fields that belong to it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export const problemType = 'application/problem+json; charset=utf-8';

/** The one place where the domain meets a status code. */
const statusOf: Readonly<Record<RefusalKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  untimely: 409,
  'too-large': 413,
  'too-much': 429,
  unavailable: 503,
  timeout: 504,
};

const codeOfStatus: Readonly<Record<number, string>> = {
  400: 'RFA_REQUEST_MALFORMED',
  401: 'RFA_AUTH_INVALID_CREDENTIALS',
  403: 'RFA_AUTH_FORBIDDEN',
  404: 'RFA_REQUEST_NOT_FOUND',
  405: 'RFA_REQUEST_METHOD_NOT_ALLOWED',
  406: 'RFA_REQUEST_NOT_ACCEPTABLE',
  408: 'RFA_REQUEST_MALFORMED',
  413: 'RFA_REQUEST_PAYLOAD_TOO_LARGE',
  414: 'RFA_REQUEST_MALFORMED',
  415: 'RFA_REQUEST_UNSUPPORTED_MEDIA_TYPE',
  417: 'RFA_REQUEST_MALFORMED',
  429: 'RFA_REQUEST_RATE_LIMITED',
  431: 'RFA_REQUEST_MALFORMED',
};

export function answerTo(refusal: Refusal, requestId: string): ProblemAnswer {
  const status = statusOf[refusal.kind];
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="forgerun"';
  if (refusal.retryAfterMs !== null)
    headers['retry-after'] = String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1_000)));
  const errors = refusal.faults.length > 0 ? { errors: refusal.faults } : {};
  return { problem: { ...problemOf(refusal.code, status, refusal.message, requestId), ...errors }, headers };
}

/** For what the HTTP layer itself refuses. A status it does not know is our own mistake. */
export function answerToStatus(status: number, detail: string, requestId: string): ProblemAnswer {
  const code = codeOfStatus[status];
  if (code === undefined) return internalProblem(requestId);
  const headers = status === 401 ? { 'www-authenticate': 'Bearer realm="forgerun"' } : {};
  return { problem: problemOf(code, status, detail, requestId), headers };
}

/** What went wrong inside is for our logs, not for the caller. */
export const internalProblem = (requestId: string): ProblemAnswer => ({
  problem: problemOf('RFA_INTERNAL', 500, 'The request could not be carried out.', requestId),
  headers: {},
});

const problemOf = (code: string, status: number, detail: string, requestId: string): Problem => ({
  type: `/problems/${code}`,
  title: problems[code]?.title ?? 'Refused',
  status,
  detail,
  instance: requestId,
  code,
});
