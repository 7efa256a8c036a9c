/** Why a request does not go out. The words name no address, so that no caller learns what lies behind a name. */
type BlockedReason =
  | 'not_a_url'
  | 'scheme'
  | 'credentials'
  | 'address'
  | 'name_not_found'
  | 'name_timeout'
  | 'name_not_asked'
  | 'header'
  | 'too_long';

const sentences: Readonly<Record<BlockedReason, string>> = {
  not_a_url: 'must be an absolute http or https URL',
  scheme: 'must be an http or https URL',
  credentials: 'must not hold a user name or a password',
  address:
    'leads to an address that this installation does not send to; whoever runs it can allow the network in FORGERUN_EGRESS_ALLOW',
  name_not_found: 'has a host name that cannot be resolved',
  name_timeout: 'has a host name that could not be resolved in time',
  name_not_asked: 'has a host name that this node could not ask for',
  header: 'has a header that is not allowed',
  too_long: 'is too long',
};

/** A target that the egress guard refuses. */
export class BlockedTarget extends Error {
  override readonly name = 'BlockedTarget';
  constructor(readonly reason: BlockedReason) {
    super(sentences[reason]);
  }

  /** A later try may find the name resolved. */
  get isPassing(): boolean {
    return this.reason === 'name_not_found' || this.reason === 'name_timeout' || this.isOurs;
  }

  /** It says something about this node, and nothing about the target. */
  get isOurs(): boolean {
    return this.reason === 'name_not_asked';
  }
}
