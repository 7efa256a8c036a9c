import { type Route } from '../../src/platform/http/routes.module.js';

/** Routes that are open to no caller, because they do not say to which. */
export const routesWithoutAccess = (routes: readonly Route[]): readonly string[] =>
  routes.filter(({ access }) => access === null).map(({ name }) => name);
