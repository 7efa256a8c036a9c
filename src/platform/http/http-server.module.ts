import { type Socket } from 'node:net';
import { type LoggerService, type NestApplicationOptions, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';
import { type Ids } from '../ids/ids.js';
import { addAnswerDeadline } from './answer-deadline.js';
import { answerClientError, answerConnect } from './client-error.js';
import { Drain } from './drain.js';
import { jsonLimits } from './json/json-limits.js';
import { writeJson } from './json/write-json.js';
import { KnownPaths } from './known-paths.js';
import { type OnFailure, ProblemDetailsFilter } from './problem-details.filter.js';
import { bodyOf } from './request-body.js';
import { readOnAfterAnswers } from './read-on.js';
import { type RequestObserver } from './request-observer.js';
import { addHeaders, addRequestHooks } from './request.hooks.js';
import { type Route, routesOf } from './routes.module.js';
import { ValidatedPipe } from './validation/validated.pipe.js';

interface HttpTimeouts {
  /** For the header to arrive. */
  readonly headersMs: number;
  /** For the whole request to arrive; what its answer takes does not count. */
  readonly requestMs: number;
  /** From the last byte of a request to the first of its answer, beyond the wait that the request asks for. */
  readonly answerMs: number;
  readonly keepAliveMs: number;
  /** How often slow connections are looked for. */
  readonly checkEveryMs: number;
}

interface HttpOptions {
  readonly ids: Ids;
  readonly onFailure: OnFailure;
  readonly observer?: RequestObserver;
  /** Shared with controllers whose answers have no end, so that they learn of a stop. */
  readonly drain?: Drain;
  readonly logger?: LoggerService | false;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly maxConnections?: number;
}

/** The API's server. Add global guards and interceptors to `app` before `listen`. */
export interface HttpApp {
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  readonly routes: readonly Route[];
  /** Answers with the URL it listens on. */
  listen(port: number, host: string): Promise<string>;
  /** From now on new requests are refused; those that run go on. */
  beginDrain(): void;
  /** Waits for what runs, at most so long, then closes every connection. */
  close(withinMs: number): Promise<void>;
}

const defaultTimeouts: HttpTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  // Callers are promised 15 s.
  answerMs: 14_000,
  keepAliveMs: 65_000,
  checkEveryMs: 1_000,
};

export async function createHttpApp(rootModule: Type | object, options: HttpOptions): Promise<HttpApp> {
  const drain = options.drain ?? new Drain();
  const paths = new KnownPaths();
  const filter = new ProblemDetailsFilter(paths, options.onFailure);
  const server = serverFor(options, filter);
  addRequestHooks(server, drain, options.observer);
  addAnswerDeadline(server, filter, options.timeouts?.answerMs ?? defaultTimeouts.answerMs);
  // The adapter is typed against all servers Fastify can have; this one is plain HTTP.
  const adapter = new FastifyAdapter(server as never);
  const nestOptions: Pick<NestApplicationOptions, 'bodyParser' | 'logger' | 'abortOnError'> = {
    bodyParser: false,
    logger: options.logger ?? false,
    abortOnError: false,
  };
  const app = await NestFactory.create<NestFastifyApplication>(rootModule, adapter, nestOptions);
  app.useGlobalPipes(new ValidatedPipe());
  app.useGlobalFilters(filter);
  const routes = routesOf(app);
  attach(routes, server, paths);
  return {
    app,
    drain,
    routes,
    async listen(port, host) {
      await app.listen(port, host);
      return app.getUrl();
    },
    beginDrain() {
      drain.begin();
    },
    async close(withinMs) {
      drain.begin();
      await drain.idle(withinMs);
      server.server.closeAllConnections();
      await app.close();
    },
  };
}

function serverFor(options: HttpOptions, filter: ProblemDetailsFilter): FastifyInstance {
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const server = fastify({
    logger: false,
    bodyLimit: jsonLimits.maxBytes,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    http: {
      maxHeaderSize: 16_384,
      headersTimeout: timeouts.headersMs,
      // Node's own answers to these are no problem documents; `addRequestHooks` refuses them.
      requireHostHeader: false,
      connectionsCheckingInterval: timeouts.checkEveryMs,
    },
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false, caseSensitive: true },
    genReqId: ({ headers }) => saneId(headers['x-request-id']) ?? options.ids.next(),
    clientErrorHandler: (error, socket) => {
      answerClientError(error, socket, options.ids.next());
    },
    // What the router refuses before any hook runs.
    frameworkErrors: (error, request, reply) => {
      addHeaders(request, reply);
      filter.answer(error, request, reply);
    },
  });
  server.server.on('checkExpectation', (request, response) => {
    server.server.emit('request', request, response);
  });
  server.server.on('connect', (_request, socket: Socket) => {
    answerConnect(socket, options.ids.next());
  });
  server.server.maxConnections = options.maxConnections ?? 10_000;
  readOnAfterAnswers(server.server);
  server.decorateRequest('caller', null);
  server.decorateRequest('trace', null);
  server.decorateRequest('problem', null);
  server.setReplySerializer(writeJson);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    done(null, bodyOf(request, bytes as Buffer));
  });
  return server;
}

/** Gives Fastify, as Nest registers each route, what its controller said about it. */
function attach(routes: readonly Route[], server: FastifyInstance, paths: KnownPaths): void {
  const declared = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  const missing = new Set(declared.keys());
  server.addHook('onRoute', (options) => {
    for (const method of [options.method].flat()) {
      paths.add(method, options.url);
      const key = `${method === 'HEAD' ? 'GET' : method} ${options.url}`;
      const route = declared.get(key) ?? declared.get(`ALL ${options.url}`);
      if (route === undefined) continue;
      missing.delete(key);
      options.config = { ...options.config, route };
      options.bodyLimit = route.bodyLimits.maxBytes;
    }
  });
  server.addHook('onReady', (done) => {
    done(missing.size === 0 ? undefined : new Error(`routes that were never registered: ${[...missing].join(', ')}`));
  });
}

const saneId = (header: string | readonly string[] | undefined): string | null =>
  typeof header === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(header) ? header : null;
