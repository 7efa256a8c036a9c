import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { readerOf } from './request-reader.js';
import { isRequestClass } from './schema.js';

/** Holds every `@Body()` and `@Query()` to its request class. */
export class ValidatedPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (!isRequestClass(metatype)) return value;
    if (type === 'body') return readerOf(metatype).read(value);
    return type === 'query' ? readerOf(metatype).readQuery(value) : value;
  }
}
