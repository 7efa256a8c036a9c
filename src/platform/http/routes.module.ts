import 'reflect-metadata';
import { type INestApplicationContext, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { ModulesContainer } from '@nestjs/core';
import { type Answer, answersOf, headersTakenBy, operationIdOf, refusalsOf, summaryOf } from './answer.rules.js';
import { type BodyShape, type JsonLimits, plainShape } from './json/json-limits.js';
import { isCounted } from './rate-limit.rules.js';
import {
  type Access,
  accessOf,
  bodyLimitsOf,
  itemsOf,
  pathTakenBy,
  producedBy,
  readsOf,
  takenBy,
} from './route.rules.js';
import { mendedPlacesIn } from './validation/mended-places.js';
import { readerOf } from './validation/request-reader.js';
import { isRequestClass, type RequestClass } from './validation/schema.js';

/** One call of the API as its controller declares it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** `JobsController.submit`. */
  readonly name: string;
  /** Null: it does not say who may call it. */
  readonly access: Access | null;
  readonly body: RequestClass | null;
  readonly query: RequestClass | null;
  /** What parameters of the path may be, where they are not ids. */
  readonly pathRules: RequestClass | null;
  /** The read models that it is answered from; null: none. */
  readonly reads: readonly string[] | 'all' | null;
  /** Media types beside JSON. */
  readonly produces: readonly string[];
  readonly bodyLimits: JsonLimits;
  readonly bodyShape: BodyShape;
  /** In a few words; null where it does not say. */
  readonly summary: string | null;
  /** What generated clients call it; null where it does not say. */
  readonly operationId: string | null;
  readonly answers: readonly Answer[];
  /** Codes beside those of every route of its kind. */
  readonly refuses: readonly string[];
  /** Whether its requests count against the rate limit. */
  readonly isCounted: boolean;
  /** Request header fields of its own, and what each one says. */
  readonly headers: readonly (readonly [string, string])[];
}

type Handler = (...args: never) => unknown;
type Controller = RequestClass;

/** Every route of the application. Throws where a body or a query is taken without a request class. */
export const routesOf = (app: INestApplicationContext): readonly Route[] => routesIn(app.get(ModulesContainer));

export function routesIn(modules: ModulesContainer): readonly Route[] {
  const controllers = new Set<Controller>();
  for (const module of modules.values())
    for (const { metatype } of module.controllers.values()) if (isRequestClass(metatype)) controllers.add(metatype);
  return [...controllers].flatMap(routesOfController);
}

function routesOfController(controller: Controller): Route[] {
  return handlersOf(controller).flatMap(([name, handler]) => {
    const method = metadataOf(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const place = `${controller.name}.${name}`;
    const body = takenBy(handler) ?? classOf(RouteParamtypes.BODY, controller, name, place);
    const route = {
      method: RequestMethod[method],
      name: place,
      access: accessOf(handler, controller),
      body,
      query: classOf(RouteParamtypes.QUERY, controller, name, place),
      pathRules: pathTakenBy(handler, controller),
      reads: readsOf(handler, controller),
      produces: producedBy(handler, controller),
      bodyLimits: bodyLimitsOf(handler, controller),
      bodyShape: body === null ? plainShape : { items: itemsOf(handler), mendedTexts: mendedPlacesIn(body) },
      summary: summaryOf(handler),
      operationId: operationIdOf(handler),
      answers: answersOf(handler),
      refuses: refusalsOf(handler),
      isCounted: isCounted(controller),
      headers: headersTakenBy(handler),
    };
    return pathsOf(controller, handler).map((path) => ({ ...route, path }));
  });
}

function handlersOf(controller: Controller): [string, Handler][] {
  const found = new Map<string, Handler>();
  for (
    let prototype = controller.prototype as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  )
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (typeof value === 'function' && name !== 'constructor' && !found.has(name)) found.set(name, value as Handler);
  return [...found];
}

function pathsOf(controller: Controller, handler: Handler): string[] {
  const list = (said: unknown): string[] => [said as string | string[] | undefined].flat().map((path) => path ?? '');
  return list(metadataOf(PATH_METADATA, controller)).flatMap((outer) =>
    list(metadataOf(PATH_METADATA, handler)).map((inner) =>
      `/${outer}/${inner}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
    ),
  );
}

function classOf(kind: RouteParamtypes, controller: Controller, name: string, place: string): RequestClass | null {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    { readonly index: number; readonly data?: unknown }
  >;
  const wanted = Object.entries(args).find(([key]) => key.startsWith(`${kind}:`))?.[1];
  if (wanted === undefined) return null;
  const prototype = controller.prototype as object;
  const types = (Reflect.getMetadata('design:paramtypes', prototype, name) ?? []) as readonly unknown[];
  const type = types[wanted.index];
  if (!isRequestClass(type) || wanted.data !== undefined)
    throw new TypeError(`${place} takes a body or a query, and no request class says what it must be`);
  readerOf(type);
  return type;
}

const metadataOf = (key: string, target: object): unknown => Reflect.getMetadata(key, target) as unknown;
