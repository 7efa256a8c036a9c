export interface Address {
  readonly name: string;
  readonly port: number;
}

/** Where a connection string leads, as far as a look before the client's own needs it. */
export interface Addresses {
  readonly hosts: readonly Address[];
  readonly user: string | null;
  readonly secure: boolean;
  readonly caFile: string | null;
}

export const defaultPort = 2113;

/** `esdb://user:password@host:port,host:port?tls=false`; the client itself checks the rest. */
export function addressesIn(connectionString: string): Addresses {
  const parts = /^esdb(?:\+discover)?:\/\/(?:([^:@/]*)[^@/]*@)?([^/?]+)\/?(?:\?(.*))?$/.exec(connectionString.trim());
  if (parts === null) throw new Error('it must look like esdb://host:2113?tls=true or esdb+discover://host:2113');
  const [, user, hosts = '', query = ''] = parts;
  const settings = new Map([...new URLSearchParams(query)].map(([key, value]) => [key.toLowerCase(), value]));
  return {
    user: user === undefined ? null : decodeURIComponent(user),
    hosts: hosts.split(',').map((host) => {
      const [name = '', port] = host.split(':');
      return { name, port: port === undefined ? defaultPort : Number(port) };
    }),
    secure: settings.get('tls') !== 'false',
    caFile: settings.get('tlscafile') ?? null,
  };
}
