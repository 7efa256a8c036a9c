const json = ['application/json', 'application/problem+json'];

/** Whether an `Accept` header leaves room for JSON or for one of the other types a route can answer with. */
export function accepts(header: string | undefined, produces: readonly string[]): boolean {
  if (header === undefined || header === '' || header === '*/*' || header === 'application/json') return true;
  const ranges = header.split(',').map(rangeOf);
  return [...json, ...produces].some((type) => isWanted(type, ranges));
}

/** Whether HTML is wanted more than JSON, as browsers say. */
export function prefersHtml(header: string | undefined): boolean {
  const types = (header ?? '').split(',').map((range) => rangeOf(range).type);
  const html = types.indexOf('text/html');
  const data = types.findIndex((type) => json.includes(type));
  return html >= 0 && (data < 0 || html < data);
}

interface Range {
  readonly type: string;
  readonly isRefused: boolean;
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  return { type, isRefused: parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter)) };
}

/** The most specific range that names a type decides about it. */
function isWanted(type: string, ranges: readonly Range[]): boolean {
  const [family = ''] = type.split('/');
  for (const name of [type, `${family}/*`, '*/*']) {
    const range = ranges.find((one) => one.type === name);
    if (range !== undefined) return !range.isRefused;
  }
  return false;
}
