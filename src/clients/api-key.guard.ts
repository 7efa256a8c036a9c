import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '../kernel/refusal.js';
import { type Caller } from '../platform/http/caller.js';
import { type Access, accessOf, scopesThatOpen } from '../platform/http/route.rules.js';
import { type ClientFeed } from './keys/client-feed.js';
import { type Authenticator, type Credentials } from './keys/authenticator.js';
import { type KeyRecord } from './keys/key-records.js';
import { type KeyUsage } from './keys/key-usage.js';
import { CallForbidden } from './keys/key.refusals.js';
import { type RefusedAttempt } from './keys/refused-attempt.js';

type Request = Pick<FastifyRequest, 'headers' | 'method' | 'query' | 'ip'> & {
  readonly routeOptions: { readonly url?: string | undefined };
  caller: Caller | null;
};

/** Checks the key of every call that is not public. A route that does not say whom it needs lets no caller in. */
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly usage: KeyUsage,
    private readonly refused: (attempt: RefusedAttempt) => void,
    private readonly feed: Pick<ClientFeed, 'isConfirmed' | 'mustBeConfirmed'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(context.getHandler(), context.getClass());
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    let key: KeyRecord | null = null;
    try {
      const credentials = credentialsOf(request);
      key = await this.#keyFor(credentials);
      this.authenticator.mustBeOpen(key);
      mustCover(key, access);
      request.caller = await this.authenticator.callerWith(key, credentials);
    } catch (cause) {
      if (cause instanceof Refusal) this.#note(cause, key, request);
      throw cause;
    }
    this.usage.note(key.keyId);
    return true;
  }

  /** A key is in force by what this node knew while it was confirmed to know everything, however long the look took. */
  async #keyFor(credentials: Credentials): Promise<KeyRecord> {
    const key = await this.authenticator.keyFor(credentials);
    if (this.feed.isConfirmed) return key;
    await this.feed.mustBeConfirmed();
    return await this.authenticator.keyFor(credentials);
  }

  #note({ code }: Refusal, key: KeyRecord | null, { ip, method, routeOptions }: Request): void {
    // The route's pattern, not the URL: a caller may have put a key there.
    this.refused({ code, keyId: key?.keyId ?? null, address: ip, method, path: routeOptions.url ?? '' });
  }
}

function credentialsOf({ headers, query }: Request): Credentials {
  const actsFor = headers['forgerun-client'];
  return {
    authorization: headers.authorization,
    actsFor: Array.isArray(actsFor) ? actsFor.join(', ') : actsFor,
    keyInQuery: typeof query === 'object' && query !== null && 'api_key' in query,
  };
}

function mustCover(key: KeyRecord, access: Access | null): void {
  const needed = scopesThatOpen(access);
  if (needed.some((scope) => key.scopes.includes(scope))) return;
  throw new CallForbidden(
    needed.length === 0 ? 'No key opens this route.' : `This call needs a key with the scope ${needed.join(' or ')}.`,
  );
}
