/**
 * Whether Kubernetes put a variable there: every container gets variables for every Service of its namespace, and for
 * one that is called `forgerun` (or `forgerun-…`) the names begin as ours do: `FORGERUN_SERVICE_HOST`,
 * `FORGERUN_PORT=tcp://…`.
 */
export function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value.trim());
}
