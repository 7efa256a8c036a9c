// One fixed job body for every peer: about 250 bytes of JSON, with a sequence number and a time stamp.
const pad = 'x'.repeat(120);
export const nowUs = () => Number(process.hrtime.bigint() / 1000n); // CLOCK_MONOTONIC: one clock for all processes of the machine
export const makePayload = (n, t = 0) => ({
  n,
  t,
  tenant: 'tenant-' + (n % 17),
  kind: 'send-email',
  to: `user${n}@example.org`,
  template: 'welcome',
  pad,
});
