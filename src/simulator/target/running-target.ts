import { type EngineAddress } from './tenants.js';

/** What was started for a run. */
export interface RunningTarget extends EngineAddress {
  /** The engines that run now. */
  processes(): readonly { readonly name: string; readonly pid: number }[];
  /** Ends it as an operator would, and takes its folder away. */
  stop(): Promise<void>;
}
