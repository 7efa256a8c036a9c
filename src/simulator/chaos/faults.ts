import { type Fault } from './fault.js';
import { networkFaults } from './network-faults.js';
import { nodeFaults } from './node-faults.js';
import { storeFaults } from './store-faults.js';

/** Everything that a run can be made to suffer, in the order of the documentation. */
export const faults: readonly Fault[] = [...nodeFaults, ...storeFaults, ...networkFaults];

export const faultNames: readonly string[] = faults.map(({ name }) => name);
