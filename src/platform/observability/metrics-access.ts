import { createHash, timingSafeEqual } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { Refusal } from '../../kernel/refusal.js';

export class MetricsClosed extends Refusal {
  readonly kind = 'unauthenticated';
  readonly code = 'RFA_AUTH_INVALID_CREDENTIALS';
  constructor() {
    super(
      'Metrics are shown to peers in FORGERUN_METRICS_ALLOW, and with Authorization: Bearer and FORGERUN_METRICS_TOKEN.',
    );
  }
}

/** As much of a request as the access looks at. */
export interface MetricsCaller {
  /** Address of the connection's other end. */
  readonly address: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface MetricsAccessRules {
  /** Networks in CIDR notation whose peers need no token. */
  readonly allow: readonly string[];
  /** Null: no token opens. */
  readonly token: string | null;
}

/** Lets those read metrics who are near, or have the token: they name the queues and work kinds of every client. */
export class MetricsAccess {
  readonly #networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];
  readonly #token: Buffer | null;

  constructor({ allow, token }: MetricsAccessRules) {
    this.#networks = allow.map((network) => ipaddr.parseCIDR(network));
    this.#token = token === null ? null : digestOf(token);
  }

  /** Throws `MetricsClosed`. */
  pass(caller: MetricsCaller): void {
    if (!this.#isNear(caller) && !this.#hasToken(caller)) throw new MetricsClosed();
  }

  /** The peer of a forwarded request is a proxy, and says nothing about who asks. */
  #isNear({ address = '', headers }: MetricsCaller): boolean {
    if (headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined) return false;
    if (!ipaddr.isValid(address)) return false;
    const peer = ipaddr.process(address);
    return this.#networks.some(([base, bits]) => base.kind() === peer.kind() && peer.match(base, bits));
  }

  #hasToken({ headers: { authorization } }: MetricsCaller): boolean {
    const [, given = null] = typeof authorization === 'string' ? (/^bearer +(\S+)$/i.exec(authorization) ?? []) : [];
    return this.#token !== null && given !== null && timingSafeEqual(digestOf(given), this.#token);
  }
}

/** Of one length, so that comparing takes the same time whatever was given. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
