/** What one request body may weigh. Everything beyond is refused before it is parsed. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeysPerObject: number;
  readonly maxKeys: number;
  readonly maxKeyLength: number;
}

export const jsonLimits: JsonLimits = {
  maxBytes: 1_048_576,
  maxDepth: 64,
  maxKeysPerObject: 1_000,
  maxKeys: 10_000,
  maxKeyLength: 256,
};

/** For a thousand items in one body. */
export const batchJsonLimits: JsonLimits = { ...jsonLimits, maxBytes: 5_242_880, maxKeys: 50_000 };
