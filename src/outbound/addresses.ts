import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { BlockList } from 'node:net';

/**
 * Addresses outside the public internet, by IANA's registries of special-purpose addresses. For
 * example loopback, private, link-local with the metadata of clouds, carrier NAT, documentation and
 * multicast.
 */
const special4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Azure's host, which answers only its guests.
  ['168.63.129.16', 32],
] as const) {
  special4.addSubnet(network, prefix);
}

/** Separate from IPv4, because a `BlockList` would treat every IPv4 address as one within ::/3. */
const special6 = new BlockList();
for (const [network, prefix] of [
  // All except 2000::/3: loopback, mapped and translated IPv4, unique local, link-local, multicast.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  // Within 2000::/3: tunnels to IPv4, and addresses for documentation.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special6.addSubnet(network, prefix, 'ipv6');
}

export function isPublic({ address, family }: LookupAddress): boolean {
  return family === 6 ? !special6.check(address, 'ipv6') : !special4.check(address);
}

/**
 * Lookups in progress. Each uses one of the process's four resolver threads, however many callers
 * wait for it.
 */
const resolving = new Map<string, Promise<LookupAddress[]>>();

/** All addresses of a URL's host. A literal address, in any notation, is its own result. */
export async function resolveAddresses({ hostname }: URL): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  let addresses = resolving.get(host);
  if (addresses === undefined) {
    addresses = lookup(host, { all: true }).finally(() => resolving.delete(host));
    resolving.set(host, addresses);
  }
  return addresses;
}
