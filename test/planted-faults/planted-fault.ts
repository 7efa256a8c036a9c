/** Numbered as the promises of the engine in docs/internals/promises.md. */
export type PromiseNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12;

/** One place of the source where a fault breaks a promise, and the test that must notice it. */
export interface PlantedFault {
  readonly name: string;
  readonly breaks: PromiseNumber;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly instead: string;
  readonly noticedBy: {
    readonly spec: string;
    /** A part of the test's name, with those of the blocks around it. */
    readonly test: string;
  };
  /** How the simulator finds it; absent where it cannot be seen from outside, or too rarely. */
  readonly foundBy?: {
    /** What the judge has to name. */
    readonly invariant: string;
    /** Options of `forgerun simulate`, separated by blanks. */
    readonly args: string;
  };
}

export type FoundFault = PlantedFault & Required<Pick<PlantedFault, 'foundBy'>>;
