/** About how many KiB the result of each kind of the catalog has, as its table says. */
const kibibytes: Readonly<Record<string, number>> = {
  ...{ SUCCESS_FAST: 4, SUCCESS_NORMAL: 16, SUCCESS_SLOW: 32, RUNS_LONG: 32, RETRY_ON_FAIL: 4 },
  ...{ CPU_BURST: 4, MEMORY_SPIKE: 64, IO_HEAVY: 32, MANY_SMALL_OUTPUTS: 16, LARGE_OUTPUT: 256 },
  ...{ PAYLOAD_SMALL: 1, PAYLOAD_MEDIUM: 16, PAYLOAD_LARGE: 256 },
};

const others = /^(?:CANCEL|DUPLICATE_SUBMIT|WEBHOOK|SCHEDULED)_/u;
const kibibytesOfOthers = 4;

/** Of a run that succeeded; null for a kind that is not of the catalog. */
export const resultBytesOf = (kind: string): number | null => {
  const own = kibibytes[kind] ?? (others.test(kind) ? kibibytesOfOthers : null);
  return own === null ? null : own * 1024;
};
