import 'reflect-metadata';
import { allScopes, type Scope } from './caller.js';
import { type BodyShape, type JsonLimits, jsonLimits } from './json/json-limits.js';

/** Who may call a route. A route that does not say is open to no caller. */
export type Access = { readonly kind: 'public' } | { readonly kind: 'scopes'; readonly anyOf: readonly Scope[] };

const accessKey = 'forgerun:access';
const producesKey = 'forgerun:produces';
const limitsKey = 'forgerun:body-limits';
const takesKey = 'forgerun:takes';
const pathKey = 'forgerun:takes-path';
const itemsKey = 'forgerun:items';
const readsKey = 'forgerun:reads';

/** No key needed. */
export const Public = (): ClassDecorator & MethodDecorator => says(accessKey, { kind: 'public' } satisfies Access);

/**
 * A key with any of these scopes, or with `admin`, which opens every call. This is the one declaration that the guard, the
 * OpenAPI document and the table in the reference are drawn from.
 */
export const Needs = (...anyOf: [Scope, ...Scope[]]): ClassDecorator & MethodDecorator =>
  says(accessKey, { kind: 'scopes', anyOf } satisfies Access);

/** The read models that a read is answered from: it waits until they show what its caller wrote, or asks for by a position. */
export const ReadsFrom = (...models: [string, ...string[]]): ClassDecorator & MethodDecorator => says(readsKey, models);

/** A read about every read model. It waits only for what it asks for: one that stands still has to be shown. */
export const ReadsFromAll = (): MethodDecorator => says(readsKey, 'all');

/** Media types beside JSON that the route can answer with. */
export const Produces = (...types: [string, ...string[]]): ClassDecorator & MethodDecorator => says(producesKey, types);

/** How large a body may be, where that is not the usual. */
export const BodyLimits = (limits: JsonLimits): ClassDecorator & MethodDecorator => says(limitsKey, limits);

/**
 * Each item of this list in the body stands alone. What cannot be read of one stands in its place as `UnfitItem`, for the
 * route to answer there; only a body that is no JSON is refused as a whole.
 */
export const ItemsStandAlone = (of: string, most: number): MethodDecorator => says(itemsKey, { of, most });

/** The class of a body that the route reads by itself, because its rules need more than the body. */
export const Takes = (requestClass: new () => object): MethodDecorator => says(takesKey, requestClass);

/** The class whose members of the same names say what parameters of the path may be; ids need none. */
export const TakesPath = (requestClass: new () => object): ClassDecorator & MethodDecorator =>
  says(pathKey, requestClass);

type Handler = object;

/** Null: the route does not say. A method's word counts more than its class's. */
export const accessOf = (handler: Handler, controller: Handler): Access | null =>
  (metadataOf(accessKey, handler, controller) as Access | undefined) ?? null;

/** Every scope that opens a route by itself, in the order in which scopes are listed; none for one that does not say. */
export function scopesThatOpen(access: Access | null): readonly Scope[] {
  if (access?.kind !== 'scopes') return [];
  return allScopes.filter((scope) => scope === 'admin' || access.anyOf.includes(scope));
}

/** Null: it reads none. */
export const readsOf = (handler: Handler, controller: Handler): readonly string[] | 'all' | null =>
  (metadataOf(readsKey, handler, controller) as readonly string[] | 'all' | undefined) ?? null;

export const producedBy = (handler: Handler, controller: Handler): readonly string[] =>
  (metadataOf(producesKey, handler, controller) as readonly string[] | undefined) ?? [];

export const bodyLimitsOf = (handler: Handler, controller: Handler): JsonLimits =>
  (metadataOf(limitsKey, handler, controller) as JsonLimits | undefined) ?? jsonLimits;

export const takenBy = (handler: Handler): (new () => object) | null =>
  (Reflect.getMetadata(takesKey, handler) as (new () => object) | undefined) ?? null;

export const pathTakenBy = (handler: Handler, controller: Handler): (new () => object) | null =>
  (metadataOf(pathKey, handler, controller) as (new () => object) | undefined) ?? null;

export const itemsOf = (handler: Handler): BodyShape['items'] =>
  (Reflect.getMetadata(itemsKey, handler) as BodyShape['items'] | undefined) ?? null;

function says(key: string, value: unknown): ClassDecorator & MethodDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    Reflect.defineMetadata(key, value, (descriptor?.value as object | undefined) ?? target);
  };
}

const metadataOf = (key: string, handler: Handler, controller: Handler): unknown =>
  Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller);
