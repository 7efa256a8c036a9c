import 'reflect-metadata';

const countsKey = 'forgerun:counts-each';

/** The list in the body whose items count as a request each. */
export const CountsEach =
  (member: string): MethodDecorator =>
  (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    Reflect.defineMetadata(countsKey, member, descriptor.value as object);
  };

/** How many requests one request stands for. Whatever is wrong with its body is somebody else's to say. */
export function countOf(handler: object, body: unknown): number {
  const member = Reflect.getMetadata(countsKey, handler) as string | undefined;
  if (member === undefined || typeof body !== 'object' || body === null) return 1;
  const items = (body as Readonly<Record<string, unknown>>)[member];
  return Array.isArray(items) ? Math.max(1, items.length) : 1;
}
