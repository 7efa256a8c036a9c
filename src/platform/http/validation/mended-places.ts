import { placeOf } from '../json/malformed-json.js';
import { type Blueprint, blueprintOf, type RequestClass } from './schema.js';

/** Where the texts of a request stand that are mended, never refused; the body's reader lets them in as they are. */
export function mendedPlacesIn(requestClass: RequestClass): ReadonlySet<string> {
  const places = new Set<string>();
  collect(blueprintOf(requestClass), [], places);
  return places;
}

function collect({ mended, nested }: Blueprint, path: readonly (string | number)[], places: Set<string>): void {
  for (const property of mended.keys()) places.add(placeOf([...path, property]));
  for (const { property, isList, blueprint } of nested)
    collect(blueprint, isList ? [...path, property, 0] : [...path, property], places);
}
