import { type FastifyRequest } from 'fastify';

export const allScopes = ['admin', 'client', 'worker', 'read'] as const;

export type Scope = (typeof allScopes)[number];

/** The client of a request's key, and the one it acts for. The authentication guard puts it on the request. */
export interface Caller {
  /** Whose things the request sees and changes. */
  readonly clientId: string;
  readonly keyId: string;
  /** Whose key it is: the operator's may act for another client. */
  readonly keyClientId: string;
  readonly scopes: readonly Scope[];
  /** As events record it. */
  readonly actor: string;
  readonly isOperator: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

export function callerOf(request: Pick<FastifyRequest, 'caller'>): Caller {
  if (request.caller === null) throw new TypeError('the route asks for its caller and does not say whom it needs');
  return request.caller;
}
