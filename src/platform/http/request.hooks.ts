import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Fault } from '../../kernel/refusal.js';
import { accepts } from './accept.js';
import { type Drain } from './drain.js';
import { HttpFault, NodeStopping, RequestMalformed } from './http.refusals.js';
import { pointerTo } from './json/malformed-json.js';
import { refuseEncoded } from './request-body.js';
import { type RequestObserver } from './request-observer.js';
import { comeBackIn, eventStreamType, opensEventStream } from './server-sent-events.js';
import { type Route } from './routes.module.js';
import { failpoint } from '../failpoints/failpoint.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Missing for what is not a controller's, such as static files. */
    readonly route?: Route;
  }
}

const maxUrlLength = 8_192;
/** The routes that report on the node itself, also while it stops. */
const servedToTheEnd = /^\/(health|metrics)(\/|$)/;

/** Headers of every answer, whichever code gives it. A page that needs scripts sets its own policy. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** What every request meets before its controller does. */
export function addRequestHooks(server: FastifyInstance, drain: Drain, observer?: RequestObserver): void {
  server.addHook('onRequest', (request, reply, done) => {
    drain.entered();
    const began = performance.now();
    // Not Fastify's onResponse, which never comes when the caller has hung up.
    reply.raw.once('close', () => {
      drain.left();
      observer?.ended(request, reply, performance.now() - began);
      if (request.method !== 'GET' && reply.raw.writableFinished && reply.raw.statusCode < 300) failpoint('answer.end');
    });
    request.trace = observer?.began(request) ?? null;
    addHeaders(request, reply);
    if (drain.isDraining && !servedToTheEnd.test(request.routeOptions.url ?? '')) {
      reply.header('connection', 'close');
      const stopping = new NodeStopping();
      if (!opensEventStream(request)) throw stopping;
      void reply.type(eventStreamType).send(comeBackIn(stopping.retryAfterMs));
      return;
    }
    checkProtocol(request);
    checkTarget(request);
    refuseEncoded(request);
    const { route } = request.routeOptions.config;
    if (route !== undefined) checkAgainst(route, request);
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    if (request.body !== undefined) checkBodyWanted(request);
    done();
  });
}

export function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  reply.headers(securityHeaders);
  // Asked of the route, since one path has many spellings. Where there is none, what is not there now may be there soon.
  if (!isPublic(request)) reply.header('cache-control', 'no-store');
}

const isPublic = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.route?.access?.kind === 'public';

/** What Node would answer with a bare status, or serve. */
function checkProtocol({ raw, headers }: FastifyRequest): void {
  if (raw.httpVersionMajor !== 1) throw new RequestMalformed('This is not a request of HTTP/1.1 or HTTP/1.0.');
  const hosts = raw.rawHeaders.filter((text, place) => place % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && raw.httpVersionMinor >= 1))
    throw new RequestMalformed('A request of HTTP/1.1 says once in `Host` which host it is for.');
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    throw new HttpFault(417, 'Nothing but 100-continue can be expected.');
}

function checkTarget({ url }: FastifyRequest): void {
  if (url.length > maxUrlLength) throw new HttpFault(414, `The URL is longer than ${maxUrlLength} characters.`);
  if (url.includes('#')) throw new RequestMalformed('The target of a request holds no fragment.');
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return;
  if (!isDecodable(url.slice(start)))
    throw new RequestMalformed('The query holds a percent sign that does not begin an encoded UTF-8 character.');
  // Postgres keeps no NUL in a text, so none can be looked for either.
  if (url.includes('%00', start)) throw new RequestMalformed('The query holds the character U+0000.');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function checkAgainst(route: Route, request: FastifyRequest): void {
  if (!accepts(request.headers.accept, route.produces))
    throw new HttpFault(406, `This call answers with ${['application/json', ...route.produces].join(', ')}.`);
  if (route.query === null && request.url.includes('?') && !isPublic(request)) refuseQuery(request);
}

function refuseQuery(request: FastifyRequest): void {
  const faults = Object.keys(request.query as object).map((name): Fault => ({
    pointer: pointerTo([name]),
    detail: 'is not a known parameter',
  }));
  if (faults.length > 0) throw new RequestMalformed('This call takes no query parameters.', faults);
}

/** Clients like to send `{}` where nothing is asked for; anything more they would believe to matter. */
function checkBodyWanted({ body, routeOptions }: FastifyRequest): void {
  const { route } = routeOptions.config;
  if (route === undefined || route.body !== null) return;
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0 && !Array.isArray(body);
  if (!isEmpty) throw new RequestMalformed('This call takes no body.', [{ pointer: '', detail: 'must be left out' }]);
}
