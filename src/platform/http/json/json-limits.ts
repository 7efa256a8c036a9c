/**
 * What one request body may weigh. Everything beyond is refused before it is parsed. What ForgeRun reads is bounded in
 * shape; a value that it only hands on (a payload, a result) is bounded in depth alone, and in bytes by its request class.
 */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeysPerObject: number;
  readonly maxKeys: number;
  readonly maxKeyLength: number;
  /** Levels of a value that is kept as text, counted from its own beginning. */
  readonly maxOpaqueDepth: number;
}

export const jsonLimits: JsonLimits = {
  maxBytes: 1_048_576,
  maxDepth: 64,
  maxKeysPerObject: 1_000,
  maxKeys: 10_000,
  maxKeyLength: 256,
  maxOpaqueDepth: 1_000,
};

/** For a thousand items in one body, each of which is held to the rest of the limits by itself. */
export const batchJsonLimits: JsonLimits = { ...jsonLimits, maxBytes: 5_242_880 };

/** What a route says about its body beyond its limits. */
export interface BodyShape {
  /** The list whose items stand alone, and how many it may hold: what is wrong with one is reported in its place. */
  readonly items: { readonly of: string; readonly most: number } | null;
  /** Where texts stand that are mended, never refused; as `placeOf` says it. */
  readonly mendedTexts: ReadonlySet<string>;
}

export const plainShape: BodyShape = { items: null, mendedTexts: new Set() };
