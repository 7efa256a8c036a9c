import { type FailpointName } from './names.js';

let passing: ((name: FailpointName) => void) | null = null;

/**
 * A place where a test may end, hold up or fail this process. Without one that is armed it is a comparison and nothing
 * else. What is armed there happens before it returns.
 */
export function failpoint(name: FailpointName): void {
  if (passing !== null) passing(name);
}

/** Lets `pass` hear of every pass, until it is called with null. */
export function onFailpoints(pass: ((name: FailpointName) => void) | null): void {
  passing = pass;
}
