import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const shipped = ['src', 'projections'];
/** Where what they export may be of use. */
const readers = ['src', 'projections', 'migrations', 'test', 'bin', 'scripts'];

const isSpec = (file: string): boolean => file.endsWith('.spec.ts');
const isTest = (file: string): boolean => isSpec(file) || file.startsWith('test/');
const isShipped = (file: string): boolean => !isSpec(file) && shipped.some((folder) => file.startsWith(`${folder}/`));

const declaration =
  /^export (?:declare |abstract |async |default )*(?:const|let|class|interface|type|enum|function\*?) ([\w$]+)/gm;
const list = /^export (?:type )?\{([^}]*)\}/gm;
const importOf = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g;

/** Every program text below a root, by its path. */
export function sourcesIn(root: string): ReadonlyMap<string, string> {
  const files = readers.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const programs = files.filter((file) => /\.[cm]?[jt]s$/.test(file) && !/(^|\/)node_modules\//.test(file));
  return new Map(programs.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]));
}

/** Exports of what is shipped whose name stands as a word in no other file, each as `name in file`. */
export function unusedExports(sources: ReadonlyMap<string, string>): readonly string[] {
  const named = new Map<string, Set<string>>();
  for (const [file, text] of sources)
    for (const [word] of text.matchAll(/[\w$]+/g)) {
      const files = named.get(word);
      if (files === undefined) named.set(word, new Set([file]));
      else files.add(file);
    }
  return [...sources].flatMap(([file, text]) =>
    isShipped(file)
      ? exportsOf(text)
          .filter((name) => (named.get(name)?.size ?? 0) < 2)
          .map((name) => `${name} in ${file}`)
      : [],
  );
}

/** Files of what is shipped that nothing of it imports, though tests may. */
export function unusedFiles(sources: ReadonlyMap<string, string>): readonly string[] {
  const imported = new Set<string>();
  for (const [file, text] of sources)
    if (!isTest(file))
      for (const [, to = ''] of text.matchAll(importOf))
        imported.add(relative('.', join(dirname(file), to.replace(/\.js$/, '.ts'))).replaceAll('\\', '/'));
  return [...sources.keys()].filter((file) => isShipped(file) && !imported.has(file));
}

function exportsOf(text: string): readonly string[] {
  const declared = [...text.matchAll(declaration)].flatMap(([, name = '']) => name);
  const listed = [...text.matchAll(list)].flatMap(([, names = '']) => names.split(','));
  return [...declared, ...listed.map((name) => name.replace(/^\s*(type )?(.* as )?/, '').trim())].filter(
    (name) => name !== '',
  );
}
