/** What a code means, and what a caller that meets it can do. Served under `/problems`. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly means: string;
  readonly remedy: string;
}

const kind = (status: number, title: string, means: string, remedy: string): ProblemKind => ({
  status,
  title,
  means,
  remedy,
});

const seeErrors = 'Read `errors`: each entry names the place by its JSON pointer and says what would be right.';
const sendAgain = 'Send the same request again after `Retry-After`, with its idempotency key if it is a write.';
const notThere = 'Check the id. An id of another client is answered exactly like one that does not exist.';

/** Whether answers with this code say when to come again, which is what their remedy is about. */
export const saysWhenToComeAgain = (code: string): boolean => problems[code]?.remedy.includes('`Retry-After`') === true;

/** Every code an answer can carry. Codes and titles are stable; programs may rely on them. */
export const problems: Readonly<Record<string, ProblemKind>> = {
  RFA_REQUEST_MALFORMED: kind(
    400,
    'Malformed request',
    'The request cannot be read: its JSON, a parameter, a header or its framing is broken. Framing faults answer 408, 414 or 431 with this code.',
    seeErrors,
  ),
  RFA_REQUEST_NOT_FOUND: kind(
    404,
    'No such route',
    'Nothing is served under this path.',
    'Check the path; paths are case-sensitive and have no trailing slash. `/openapi.json` lists them all.',
  ),
  RFA_REQUEST_METHOD_NOT_ALLOWED: kind(
    405,
    'Method not allowed',
    'The path exists, but not for this method.',
    'Use one of the methods in `Allow`.',
  ),
  RFA_REQUEST_NOT_ACCEPTABLE: kind(
    406,
    'Not acceptable',
    'The `Accept` header excludes everything this route can answer with.',
    'Accept `application/json`.',
  ),
  RFA_REQUEST_PAYLOAD_TOO_LARGE: kind(
    413,
    'Body too large',
    'The body is larger than this route takes.',
    'Send less, or keep the data elsewhere and send a reference.',
  ),
  RFA_REQUEST_UNSUPPORTED_MEDIA_TYPE: kind(
    415,
    'Unsupported media type',
    'The body is not `application/json` in UTF-8, or it is compressed.',
    'Send plain JSON with `Content-Type: application/json`.',
  ),
  RFA_REQUEST_RATE_LIMITED: kind(
    429,
    'Too many requests',
    'The client has used up its requests for now.',
    'Wait for `Retry-After`; `RateLimit` says what is left.',
  ),
  RFA_AUTH_INVALID_CREDENTIALS: kind(
    401,
    'Invalid credentials',
    'The request has no API key, or one that is not known.',
    'Send `Authorization: Bearer <api key>`.',
  ),
  RFA_AUTH_TOKEN_EXPIRED: kind(
    401,
    'Expired key',
    'The API key has passed its expiry.',
    'Renew the key before it expires, or make a new one.',
  ),
  RFA_AUTH_FORBIDDEN: kind(
    403,
    'Forbidden',
    'The key is good, but its scopes do not cover this call.',
    'Use a key with a scope that the reference lists for this call.',
  ),
  RFA_AUTH_API_KEY_DISABLED: kind(403, 'Revoked key', 'The API key was revoked.', 'Use the key that replaced it.'),
  RFA_CLIENT_NOT_FOUND: kind(404, 'No such client', 'There is no client with this id for you.', notThere),
  RFA_CLIENT_VALIDATION_FAILED: kind(
    400,
    'Invalid client request',
    'A field of the client or key request is not what it must be.',
    seeErrors,
  ),
  RFA_JOB_VALIDATION_FAILED: kind(
    400,
    'Invalid job request',
    'A field of the job request is not what it must be.',
    seeErrors,
  ),
  RFA_JOB_NOT_FOUND: kind(404, 'No such job', 'There is no job with this id for you.', notThere),
  RFA_LEASE_NOT_FOUND: kind(404, 'No such lease', 'There is no lease with this id for you.', notThere),
  RFA_JOB_REPORT_NOT_READY: kind(
    404,
    'Report not ready',
    'The job exists and has not finished yet, so it has no report.',
    'Follow its events, or ask again when it has finished.',
  ),
  RFA_JOB_CONFLICT: kind(
    409,
    'Job in another state',
    'The job’s state does not allow this.',
    'Read the job and decide again.',
  ),
  RFA_JOB_LEASE_LOST: kind(
    409,
    'Lease lost',
    'The lease no longer holds the job: it expired, was released, or the job was cancelled.',
    'Stop working on the job; nothing was changed. Another worker has it, or will.',
  ),
  RFA_EXEC_IDEMPOTENCY_CONFLICT: kind(
    409,
    'Idempotency key in use',
    'The idempotency key belongs to a different request.',
    'Use a new key for a new request.',
  ),
  RFA_EXEC_QUEUE_FULL: kind(
    503,
    'Queue full',
    'There are as many unfinished jobs as this installation allows.',
    sendAgain,
  ),
  RFA_EXEC_WORKER_UNAVAILABLE: kind(
    503,
    'Node not available',
    'The node is stopping, or nothing here can do this work now.',
    sendAgain,
  ),
  RFA_EXEC_TIMEOUT: kind(
    504,
    'Timed out',
    'What was asked takes longer than a call may; nothing was changed.',
    'Ask for less, such as a shorter time; the same request again takes as long.',
  ),
  RFA_STORAGE_DB_ERROR: kind(503, 'Storage error', 'A store answered with an error.', sendAgain),
  RFA_STORAGE_UNAVAILABLE: kind(
    503,
    'Storage unavailable',
    'A store cannot be reached, or a read model has not caught up in time.',
    sendAgain,
  ),
  RFA_DEPENDENCY_TIMEOUT: kind(
    504,
    'Dependency timed out',
    'Something this call depends on did not answer in time.',
    sendAgain,
  ),
  RFA_WEBHOOK_NOT_FOUND: kind(404, 'No such webhook', 'There is no webhook with this id for you.', notThere),
  RFA_WEBHOOK_VALIDATION_FAILED: kind(
    400,
    'Invalid webhook request',
    'A field of the webhook request is not what it must be.',
    seeErrors,
  ),
  RFA_WEBHOOK_CONFLICT: kind(
    409,
    'Webhook conflict',
    'The webhook’s state, or one like it, does not allow this.',
    'Read the webhooks and decide again.',
  ),
  RFA_SCHEDULE_NOT_FOUND: kind(404, 'No such schedule', 'There is no schedule with this id for you.', notThere),
  RFA_SCHEDULE_VALIDATION_FAILED: kind(
    400,
    'Invalid schedule request',
    'A field of the schedule request is not what it must be.',
    seeErrors,
  ),
  RFA_SCHEDULE_CONFLICT: kind(
    409,
    'Schedule conflict',
    'The schedule’s state, or one like it, does not allow this.',
    'Read the schedule and decide again.',
  ),
  RFA_DELIVERY_NOT_FOUND: kind(404, 'No such delivery', 'There is no delivery with this id for you.', notThere),
  RFA_CONFIG_INVALID: kind(
    500,
    'Invalid configuration',
    'The program was not started, because its configuration has faults. No answer carries this code.',
    'Read the list it printed; every fault is in it. The exit code is 78.',
  ),
  RFA_INTERNAL: kind(
    500,
    'Internal error',
    'Something went wrong inside ForgeRun.',
    'Send the same request again; if it persists, look for the request id in the log.',
  ),
};
