/** Which methods a path is served for, to distinguish a wrong method from a wrong path. Asked only then. */
export class KnownPaths {
  readonly #patterns = new Map<string, Set<string>>();

  add(method: string, pattern: string): void {
    const methods = this.#patterns.get(pattern) ?? new Set<string>();
    this.#patterns.set(pattern, methods.add(method));
  }

  methodsOf(url: string): readonly string[] {
    const path = pathOf(url);
    const found = new Set<string>();
    for (const [pattern, methods] of this.#patterns)
      if (matches(pattern.split('/'), path.split('/'))) for (const method of methods) found.add(method);
    return [...found].sort();
  }
}

/** As the router reads a request's target: an absolute one by its path, escapes of ordinary characters resolved. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/.*?\//, '/').split('?', 1)[0] ?? '';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*';
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  return (
    (isOpen ? path.length >= pattern.length : path.length === pattern.length) &&
    fixed.every((part, index) => (part.startsWith(':') ? path[index] !== '' : part === path[index]))
  );
}
