import { describe, expect, it } from '@jest/globals';
import { type Scope } from '../platform/http/caller.js';
import { Needs, Public } from '../platform/http/route.rules.js';
import { SystemClock } from '../../test/support/system-clock.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { keyScopes } from './domain/key-scopes.js';
import { generateApiKey, hashOf } from './keys/api-key.js';
import { Authenticator } from './keys/authenticator.js';
import { type KeyRecord, KeyRecords } from './keys/key-records.js';
import { KeyCache } from './keys/key-cache.js';
import { KeyUsage, KeyUses } from './keys/key-usage.js';
import { CallForbidden, CredentialsInvalid } from './keys/key.refusals.js';
import { type RefusedAttempt } from './keys/refused-attempt.js';

class Routes {
  @Public()
  open(): void {
    throw new Error('never called');
  }

  @Needs('admin')
  admin(): void {
    throw new Error('never called');
  }

  @Needs('client')
  client(): void {
    throw new Error('never called');
  }

  @Needs('worker')
  worker(): void {
    throw new Error('never called');
  }

  @Needs('read')
  read(): void {
    throw new Error('never called');
  }

  silent(): void {
    throw new Error('never called');
  }
}

const keyId = '01900000-0000-7000-8000-000000000001';
const text = generateApiKey(keyId, (size) => Buffer.alloc(size, 7));

function guardFor(scopes: readonly Scope[], feed = { isConfirmed: true, mustBeConfirmed: () => Promise.resolve() }) {
  class OneKey extends KeyRecords {
    find(): Promise<ReadonlyMap<string, KeyRecord>> {
      const ends = { expiresAt: null, retiresAt: null, revokedAt: null };
      return Promise.resolve(new Map([[keyId, { keyId, clientId: 'c', scopes, hash: hashOf(text), ...ends }]]));
    }
    fromEnvironment(): Promise<readonly KeyRecord[]> {
      return Promise.resolve([]);
    }
    belongs(): void {
      throw new Error('never called');
    }
    clients(): Promise<ReadonlySet<string>> {
      return Promise.resolve(new Set());
    }
  }
  class Uses extends KeyUses {
    readonly written: string[] = [];
    write(uses: ReadonlyMap<string, number>): Promise<void> {
      this.written.push(...uses.keys());
      return Promise.resolve();
    }
  }
  const rethrow = (cause: unknown): never => {
    throw cause;
  };
  const clock = new SystemClock();
  const attempts: RefusedAttempt[] = [];
  const uses = new Uses();
  const usage = new KeyUsage(uses, clock, rethrow);
  const keyCache = new KeyCache(new OneKey(), clock, () => true, rethrow);
  keyCache.beginsAfter(null);
  const guard = new ApiKeyGuard(
    new Authenticator(keyCache, clock),
    usage,
    (attempt) => {
      attempts.push(attempt);
    },
    feed,
  );
  const knock = async (name: keyof Routes, request: object = {}) => {
    const asked = {
      headers: { authorization: `Bearer ${text}` },
      method: 'GET',
      query: {},
      ip: '10.0.0.1',
      routeOptions: { url: '/v1/things' },
      caller: null,
      ...request,
    };
    const handler = Object.getOwnPropertyDescriptor(Routes.prototype, name)?.value as object;
    const context = {
      getHandler: () => handler,
      getClass: () => Routes,
      switchToHttp: () => ({ getRequest: () => asked }),
    } as unknown as Parameters<ApiKeyGuard['canActivate']>[0];
    return { admitted: await guard.canActivate(context), caller: asked.caller };
  };
  return { knock, attempts, usage, uses };
}

const opens = (held: Scope, name: keyof Routes): Promise<boolean> =>
  guardFor([held])
    .knock(name)
    .then(
      ({ admitted }) => admitted,
      (cause: unknown) => {
        expect(cause).toBeInstanceOf(CallForbidden);
        return false;
      },
    );

describe('the guard', () => {
  it('lets everyone through to public routes, without looking', async () => {
    const { knock } = guardFor([]);
    expect(await knock('open', { headers: {} })).toEqual({ admitted: true, caller: null });
  });

  it.each([
    ['admin', ['admin', 'client', 'worker', 'read']],
    ['client', ['client']],
    ['worker', ['worker']],
    ['read', ['read']],
  ] as const)('opens with the scope %s the routes that name it, and with admin all: %j', async (held, routes) => {
    const opened: Scope[] = [];
    for (const scope of keyScopes) if (await opens(held, scope)) opened.push(scope);
    expect(opened).toEqual(routes);
  });

  it('lets nobody through where a route does not say whom it needs', async () => {
    expect(await opens('admin', 'silent')).toBe(false);
  });

  it('says who is calling and notes the key’s use', async () => {
    const { knock, usage, uses } = guardFor(['client']);
    expect((await knock('client')).caller).toMatchObject({ clientId: 'c', actor: `key:${keyId}` });
    await usage.flush();
    expect(uses.written).toEqual([keyId]);
  });

  it('notes who was turned away, with the key’s id where it is known', async () => {
    const { knock, attempts, usage, uses } = guardFor(['read']);
    await expect(knock('admin')).rejects.toThrow(CallForbidden);
    await expect(knock('read', { headers: {} })).rejects.toThrow(CredentialsInvalid);
    await expect(knock('read', { query: { api_key: text } })).rejects.toThrow(/URL/);
    const place = { address: '10.0.0.1', method: 'GET', path: '/v1/things' };
    expect(attempts).toEqual([
      { code: 'RFA_AUTH_FORBIDDEN', keyId, ...place },
      { code: 'RFA_AUTH_INVALID_CREDENTIALS', keyId: null, ...place },
      { code: 'RFA_AUTH_INVALID_CREDENTIALS', keyId: null, ...place },
    ]);
    await usage.flush();
    expect(uses.written).toEqual([]);
  });
});
