import { type PlantedFault } from './planted-fault.js';

/** How often a text stands in another one. */
export const countOf = (text: string, source: string): number => source.split(text).length - 1;

/** The source with the fault in it; throws unless there is exactly one place for it. */
export function planted({ name, file, text, instead }: PlantedFault, source: string): string {
  const count = countOf(text, source);
  if (count !== 1) throw new Error(`the text of ${name} stands ${count} times in ${file}, and must stand there once`);
  if (text === instead) throw new Error(`${name} changes nothing`);
  // A function, because the replacement may hold characters that mean something in a pattern.
  return source.replace(text, () => instead);
}

/** Where it is, as editors take it. */
export function placeOf({ file, text }: PlantedFault, source: string): string {
  return `${file}:${source.slice(0, source.indexOf(text)).split('\n').length}`;
}
