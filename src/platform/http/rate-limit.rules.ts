import 'reflect-metadata';

const countsKey = 'forgerun:counts-each';
const notCountedKey = 'forgerun:not-counted';

/** The list in the body whose items count as a request each. */
export const CountsEach =
  (member: string): MethodDecorator =>
  (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    Reflect.defineMetadata(countsKey, member, descriptor.value as object);
  };

/** For routes that no client may be kept from: a worker that cannot report keeps jobs from ending. */
export const NotCounted = (): ClassDecorator => (target) => {
  Reflect.defineMetadata(notCountedKey, true, target);
};

export const isCounted = (controller: object): boolean => Reflect.getMetadata(notCountedKey, controller) !== true;

/** How many requests one request stands for. A body that is wrong is refused elsewhere. */
export function countOf(handler: object, controller: object, body: unknown): number {
  if (!isCounted(controller)) return 0;
  const member = Reflect.getMetadata(countsKey, handler) as string | undefined;
  if (member === undefined || typeof body !== 'object' || body === null) return 1;
  const items = (body as Readonly<Record<string, unknown>>)[member];
  return Array.isArray(items) ? Math.max(1, items.length) : 1;
}
