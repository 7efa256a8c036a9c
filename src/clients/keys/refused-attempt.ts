/** One request that authentication turned away. It never holds the key, only its id where one is known. */
export type RefusedAttempt = Readonly<{
  code: string;
  keyId: string | null;
  address: string;
  method: string;
  path: string;
}>;
