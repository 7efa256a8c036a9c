export const keyScopes = ['admin', 'client', 'worker', 'read'] as const;

/** What a key is for: the whole engine, all of one client, the client's workers, or looking only. Routes say what each opens. */
export type KeyScope = (typeof keyScopes)[number];

const grantable: Readonly<Record<KeyScope, readonly KeyScope[]>> = {
  admin: ['admin', 'client', 'worker', 'read'],
  client: ['client', 'worker', 'read'],
  worker: ['worker'],
  read: ['read'],
};

/** Scopes that a holder of these may hand on. */
export const grantableScopes = (scopes: readonly KeyScope[]): readonly KeyScope[] =>
  keyScopes.filter((scope) => scopes.some((held) => grantable[held].includes(scope)));
