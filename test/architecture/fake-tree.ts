import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = process.cwd();
const law = ['.dependency-cruiser.cjs', 'eslint.config.mjs', 'table-owners.cjs', 'tsconfig.json'];
const packageJson = JSON.stringify({ type: 'module', imports: { '#kernel/*': './src/kernel/*' } });

/** A small tree of sources under the repository's own law, made of nothing but the files a test plants. */
export class FakeTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'forgerun-architecture-'));

  constructor(files: Readonly<Record<string, string>>) {
    for (const file of law) copyFileSync(join(root, file), join(this.folder, file));
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
    writeFileSync(join(this.folder, 'package.json'), packageJson);
    for (const folder of ['src', 'projections', 'migrations', 'test']) mkdirSync(join(this.folder, folder));
    for (const [path, code] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), code);
    }
  }

  /** Runs one of the repository's programs inside the tree and answers with its standard output, whatever its exit code. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const command = [join(root, 'node_modules', program), ...args];
    return new Promise((resolve, reject) => {
      const options = { cwd: this.folder, maxBuffer: 64 * 1024 * 1024 };
      execFile(process.execPath, command, options, (error, stdout, stderr) => {
        // Both linters end with a failure when they find something, and print what they found.
        if (stdout.startsWith('{') || stdout.startsWith('[')) resolve(stdout);
        else reject(new Error(`${program} printed no findings: ${stderr || stdout}`, { cause: error }));
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
