export interface ChildOptions {
  readonly dataDir: string;
  readonly nativeFolder?: string;
  readonly serverUsers?: readonly string[];
  readonly elsewhere?: string;
}

export type ChildReport =
  | {
      readonly opened: true;
      readonly adopted: boolean;
      readonly connectionString: string;
      readonly actions: readonly string[];
    }
  | { readonly opened: false; readonly actions: readonly string[]; readonly fault?: string };
