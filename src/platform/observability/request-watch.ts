import { type FastifyReply, type FastifyRequest } from 'fastify';
import { traceparentOf } from '../http/cause-of-request.js';
import { type RequestObserver } from '../http/request-observer.js';
import { type Log, type LogLevel } from './log.js';
import { type Labels, type Metrics } from './metrics.js';
import { traceIdsOf } from './traceparent.js';
import { type LiveSpan, type Tracing } from './tracing.js';

/** Calls that last as long as their caller likes. */
const waitingRoutes: ReadonlySet<string> = new Set(['/v1/leases']);
const slowMs = 1_000;
/** The status that a caller that hung up is counted as; it saw no answer. */
const hungUp = 499;
/** Answers that say more about the caller than about us, and that are reported already or a flood brings. */
const quietStatuses: ReadonlySet<number> = new Set([401, 404, 429, hungUp]);
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures every request, traces it where traces are on, and logs those that failed or took long. */
export class RequestWatch implements RequestObserver {
  readonly #spans = new WeakMap<FastifyRequest, LiveSpan>();
  /** As many as there are routes, methods and statuses. */
  readonly #labels = new Map<string, Labels>();

  constructor(
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
    private readonly log: Log,
  ) {}

  began(request: FastifyRequest): string | null {
    if (!this.tracing.isOn) return null;
    const route = routeOf(request);
    const method = methodOf(request);
    const parent = traceparentOf(request.headers['traceparent']);
    const attributes = { 'http.request.method': method, 'http.route': route, 'forgerun.request.id': request.id };
    const span = this.tracing.begin(`${method} ${route}`, 'server', parent, attributes);
    if (span === null) return null;
    this.#spans.set(request, span);
    return span.traceparent;
  }

  ended(request: FastifyRequest, reply: FastifyReply, durationMs: number): void {
    const status = reply.raw.writableFinished ? reply.statusCode : hungUp;
    const labels = this.#labelsOf(methodOf(request), routeOf(request), status);
    this.metrics.record('http_server_request_duration_seconds', durationMs / 1000, labels);
    const error = status >= 500 ? (request.problem?.code ?? String(status)) : null;
    this.#spans.get(request)?.end({ 'http.response.status_code': status }, error);
    this.#report(request, reply, status, durationMs);
  }

  #report(request: FastifyRequest, reply: FastifyReply, status: number, durationMs: number): void {
    const isSlow = durationMs >= slowMs && !mayWait(request, reply);
    const level: LogLevel =
      status >= 500 || isSlow ? 'warn' : status >= 400 && !quietStatuses.has(status) ? 'info' : 'debug';
    if (!this.log.writes(level)) return;
    this.log[level]({
      action: isSlow ? 'request_slow' : 'request',
      request_id: request.id,
      client_id: request.caller?.clientId ?? null,
      method: request.method,
      route: routeOf(request),
      status,
      duration_ms: Math.round(durationMs),
      error_code: request.problem?.code ?? null,
      // The title, not the detail: that one quotes what the caller sent.
      error_message: request.problem?.title ?? null,
      ...traceIdsOf(request.trace),
    });
  }

  #labelsOf(method: string, route: string, status: number): Labels {
    const key = `${method} ${route} ${status}`;
    const known = this.#labels.get(key);
    if (known !== undefined) return known;
    const labels = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': String(status) };
    this.#labels.set(key, labels);
    return labels;
  }
}

/** The route as a pattern, never the URL: there are few of them, and they hold no ids. */
const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? 'none';

const methodOf = ({ method }: FastifyRequest): string => (methods.has(method) ? method : '_OTHER');

const mayWait = (request: FastifyRequest, reply: FastifyReply): boolean =>
  waitingRoutes.has(routeOf(request)) || String(reply.getHeader('content-type')).startsWith('text/event-stream');
