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
