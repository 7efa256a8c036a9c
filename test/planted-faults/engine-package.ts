import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { planted } from './plant.js';
import { type PlantedFault } from './planted-fault.js';

const root = process.cwd();
/** What a package holds: without `src/` beside it the program takes `dist/` as it is. */
const packaged = ['bin', 'dist', 'scripts', 'package.json'];

/** Builds the engine from the sources as they are, and copies what was built into a folder. */
export async function packEngine(folder: string): Promise<void> {
  const build = spawn(process.execPath, ['scripts/ensure-built.mjs'], { cwd: root, stdio: 'inherit' });
  const [code] = (await once(build, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the engine cannot be built');
  for (const name of packaged) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** Compiles a source with a fault in it over the one that was built; the answer puts that one back. */
export async function plantIn(folder: string, fault: PlantedFault): Promise<() => Promise<void>> {
  const source = await readFile(join(root, fault.file), 'utf8');
  const built = join(folder, 'dist', fault.file.replace(/\.ts$/, '.js'));
  const before = await readFile(built, 'utf8');
  const compilerOptions = {
    ...optionsOfTheBuild(),
    module: ts.ModuleKind.ESNext,
    sourceMap: false,
    declaration: false,
  };
  const { outputText } = ts.transpileModule(planted(fault, source), { compilerOptions, fileName: fault.file });
  await writeFile(built, outputText);
  return () => writeFile(built, before);
}

/** No types are checked: a fault may leave something unused. */
function optionsOfTheBuild(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options;
}
