import 'reflect-metadata';
import { type Schema } from './openapi/answer-schemas.js';
import { problems } from './problems.js';

/** What a route answers when it does what was asked. Statuses of refusals are not declared so; see `Refuses`. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Null: an answer without a body. */
  readonly schema: Schema | null;
  readonly type: string;
  /** Header fields beside those that every answer of its kind has. */
  readonly headers: Readonly<Record<string, string>>;
}

interface AnswerDetails {
  readonly description?: string;
  /** By name, what each one says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The media type, where it is not JSON. */
  readonly type?: string;
}

const answersKey = 'forgerun:answers';
const refusesKey = 'forgerun:refuses';
const headersKey = 'forgerun:takes-headers';
const summaryKey = 'forgerun:summary';
const operationIdKey = 'forgerun:operation-id';

/** One of the ways in which a route succeeds; may be given several times. */
export const Answers = (status: number, schema: Schema | null, details: AnswerDetails = {}): MethodDecorator =>
  adds(answersKey, [
    {
      status,
      schema,
      description: details.description ?? 'Done.',
      type: details.type ?? 'application/json',
      headers: details.headers ?? {},
    } satisfies Answer,
  ]);

/** Codes that a route refuses with beside those that follow from its kind. */
export const Refuses = (...codes: [string, ...string[]]): MethodDecorator => {
  for (const code of codes) if (!Object.hasOwn(problems, code)) throw new TypeError(`no problem is called ${code}`);
  return adds(refusesKey, codes);
};

/** Request header fields that mean something to this route. */
export const TakesHeaders = (headers: Readonly<Record<string, string>>): MethodDecorator =>
  adds(headersKey, Object.entries(headers));

/**
 * The call in a few words, and its name for programs: a verb and a noun, such as `submitJob`. Generated clients call it so,
 * so it stays what it is when code is renamed.
 */
export const Summary =
  (text: string, operationId: string): MethodDecorator =>
  (target, name, descriptor) => {
    adds(summaryKey, [text])(target, name, descriptor);
    adds(operationIdKey, [operationId])(target, name, descriptor);
  };

type Handler = object;

export const answersOf = (handler: Handler): readonly Answer[] => metadataOf(answersKey, handler) as readonly Answer[];
export const refusalsOf = (handler: Handler): readonly string[] => metadataOf(refusesKey, handler) as readonly string[];
export const headersTakenBy = (handler: Handler): readonly (readonly [string, string])[] =>
  metadataOf(headersKey, handler) as readonly (readonly [string, string])[];
export const summaryOf = (handler: Handler): string | null =>
  (metadataOf(summaryKey, handler)[0] as string | undefined) ?? null;
export const operationIdOf = (handler: Handler): string | null =>
  (metadataOf(operationIdKey, handler)[0] as string | undefined) ?? null;

const adds =
  (key: string, more: readonly unknown[]): MethodDecorator =>
  (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    const handler = descriptor.value as Handler;
    // Decorators are carried out from the last to the first.
    Reflect.defineMetadata(key, [...more, ...metadataOf(key, handler)], handler);
  };

const metadataOf = (key: string, handler: Handler): readonly unknown[] =>
  (Reflect.getMetadata(key, handler) as readonly unknown[] | undefined) ?? [];
