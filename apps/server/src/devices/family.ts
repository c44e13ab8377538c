import type { PlistDictionary } from '@allotment/device-management';
import { type RawBuilder, sql } from 'kysely';

/** The kinds of device this program tells apart. */
export type Family = 'iPhone' | 'iPad' | 'iPod' | 'Mac' | 'AppleTV' | 'Vision';

const families: readonly (readonly [prefix: string, family: Family])[] = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['iPod', 'iPod'],
  ['AppleTV', 'AppleTV'],
  ['RealityDevice', 'Vision'],
  ['Mac', 'Mac'],
  ['iMac', 'Mac'],
  ['VirtualMac', 'Mac'],
];

/** By Apple's product name, such as iPad8,12; undefined for one that is not known. */
export function familyOf(productName: string | undefined): Family | undefined {
  return families.find(([prefix]) => productName?.startsWith(prefix))?.[1];
}

/**
 * SQL: whether Apple's invitations and books reach a person on the device `dev`: over the channel of the device on iOS
 * and iPadOS, over the person's on a Mac that has one. @see InviteToProgramCommand, InstallMediaCommand
 */
export const servesPerson: RawBuilder<boolean> = sql`(dev.family in ('iPhone', 'iPad', 'iPod') or (dev.family = 'Mac' and dev.user_channel))`;

/** Whether managed apps have attributes there: on a Mac they have none. @see InstallApplicationCommand.Attributes */
export function hasAppAttributes(family: string | null): boolean {
  return family !== 'Mac';
}

/** Of the attributes that this program gives apps, those that tvOS does not know. */
const notOnAppleTV: ReadonlySet<string> = new Set(['VPNUUID']);

/**
 * The attributes of an app that the systems of a family know; undefined where none is left.
 *
 * @param family null: the device has not said what it is
 * @see https://developer.apple.com/documentation/devicemanagement/installapplicationcommand
 */
export function appAttributesFor(
  family: string | null,
  attributes: PlistDictionary,
): PlistDictionary | undefined {
  if (!hasAppAttributes(family)) return undefined;
  const known = Object.entries(attributes).filter(
    ([name]) => family !== 'AppleTV' || !notOnAppleTV.has(name),
  );
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
