export const keyScopes = ['admin', 'client', 'worker', 'read'] as const;

/** What a key opens: the whole engine, all of one client, its leases, or looking only. */
export type KeyScope = (typeof keyScopes)[number];

const reach: Readonly<Record<KeyScope, readonly KeyScope[]>> = {
  admin: ['admin', 'client', 'worker', 'read'],
  client: ['client', 'worker', 'read'],
  worker: ['worker', 'read'],
  read: ['read'],
};

/** Everything that a holder of these scopes may do, and so may hand on. */
export const reachOf = (scopes: readonly KeyScope[]): readonly KeyScope[] =>
  keyScopes.filter((scope) => scopes.some((held) => reach[held].includes(scope)));
