import { lookup as ask } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address belongs to the public internet, and so to nobody's inner network: not private, loopback, link-local
 * (where clouds answer with their secrets), shared, multicast, or an IPv4 address wrapped into IPv6.
 *
 * @param address IPv4 or IPv6
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}

/** Whether the host of a URL is an address of its own that is not public. */
export function isInnerHost({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) !== 0 && !isPublicAddress(address);
}

/** Looks a name up for a connection, which sees only its public addresses: a name can be anybody's, and change. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  ask(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const found = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = found;
    if (first === undefined) return callback(new Error(`${hostname} has no public address.`), []);
    return options.all === true
      ? callback(null, found)
      : callback(null, first.address, first.family);
  });
};
