import { type FastifyRequest } from 'fastify';
import { HttpFault } from './http.refusals.js';
import { jsonLimits } from './json/json-limits.js';
import { readJson } from './json/read-json.js';

/** The body's value; undefined where nothing was sent. */
export function bodyOf(request: FastifyRequest, bytes: Buffer): unknown {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new HttpFault(415, `The body must be UTF-8, not ${charset}.`);
  if (bytes.length === 0) return undefined;
  const { route } = request.routeOptions.config;
  return readJson(bytes, route?.bodyLimits ?? jsonLimits, route?.bodyShape);
}

/** Compressed bodies are not unpacked: what is small on the wire could be anything in memory. */
export function refuseEncoded(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpFault(415, 'The body must not be compressed; leave Content-Encoding out.');
}
