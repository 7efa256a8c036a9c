import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Networks that are unicast, and yet not public: cloud platforms' insides, documentation, retired and test uses. */
const neverPublic: readonly Network[] = [
  '168.63.129.16/32',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fec0::/10',
].map((network) => ipaddr.parseCIDR(network));

/** Which addresses requests to the outside may go to: public ones, and those in networks that were listed. */
export class Networks {
  readonly #listed: readonly Network[];

  /** `listed` in CIDR notation. */
  constructor(listed: readonly string[]) {
    this.#listed = listed.map((network) => ipaddr.parseCIDR(network));
  }

  /** An IPv6 address that carries an IPv4 one leads to that one, so both must be permitted. */
  permits(text: string): boolean {
    // A zone index names an interface of this machine; nothing out there is reached through one.
    if (text.includes('%') || !ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    const carried = carriedBy(address);
    if (carried !== null) return this.#lists(address) && this.#permitsPlain(carried);
    return this.#permitsPlain(address);
  }

  #permitsPlain(address: Address): boolean {
    return this.#lists(address) || (address.range() === 'unicast' && !isIn(neverPublic, address));
  }

  #lists(address: Address): boolean {
    return isIn(this.#listed, address);
  }
}

const isIn = (networks: readonly Network[], address: Address): boolean =>
  networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));

/** IPv4 addresses dressed as IPv6: mapped, NAT64 and 6to4; null for an address that means itself. */
function carriedBy(address: Address): ipaddr.IPv4 | null {
  if (!(address instanceof ipaddr.IPv6)) return null;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === 'rfc6052' || range === 'rfc6145') return new ipaddr.IPv4(bytes.slice(12, 16));
  return range === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : null;
}
