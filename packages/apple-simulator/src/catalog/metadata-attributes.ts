import { backgroundColor } from './artwork.ts';
import type { CatalogTitle } from './title.ts';

const MAXIMUM_SIZE = 1024;
/** Versions of every third title come with a space in front, as some of Apple's do. */
const SPACED = 3;

/** A title as the metadata API describes it (protocol reference 2.1). @param origin where the artwork is */
export function resourceOf(title: CatalogTitle, storefront: string, origin: string): object {
  const type = title.kind === 'app' ? 'apps' : 'books';
  return {
    id: title.adamId,
    type,
    href: `/v1/catalog/${storefront}/${type}/${title.adamId}`,
    attributes: title.kind === 'app' ? appAttributes(title, origin) : bookAttributes(title, origin),
  };
}

function appAttributes(title: CatalogTitle, origin: string): object {
  const forMac = title.families.length === 1 && title.families[0] === 'mac';
  return {
    name: title.name,
    artistName: title.developer,
    url: storeUrl(title, origin),
    genreDisplayName: title.genre,
    deviceFamilies: title.families,
    supportsDeviceSharing: true,
    isB2BCustomApp: title.custom,
    isVppDeviceBasedLicensingEnabled: title.deviceAssignable,
    isIOSBinaryMacOSCompatible: !forMac && title.families.includes('mac'),
    platformAttributes: { [forMac ? 'osx' : 'ios']: platformAttributes(title, origin) },
  };
}

function platformAttributes(title: CatalogTitle, origin: string): object {
  const space = Number(title.adamId) % SPACED === 0 ? ' ' : '';
  return {
    artwork: artworkOf(title, origin),
    bundleId: title.bundleId,
    seller: title.developer,
    minimumOSVersion: title.minimumOsVersion,
    externalVersionId: title.externalVersionId,
    latestVersionInfo: { versionDisplay: `${space}${title.version}` },
    offers: offersOf(title, 'iosSoftware'),
  };
}

function bookAttributes(title: CatalogTitle, origin: string): object {
  return {
    name: title.name,
    artistName: title.developer,
    url: storeUrl(title, origin),
    genreNames: [title.genre],
    artwork: artworkOf(title, origin),
    offers: offersOf(title, 'plus'),
  };
}

function offersOf({ free, sizeBytes }: CatalogTitle, flavor: string): object[] {
  return [
    {
      type: free ? 'get' : 'buy',
      price: free ? 0 : 9.99,
      priceFormatted: free ? 'Free' : '$9.99',
      currencyCode: 'USD',
      assets: [{ flavor, size: sizeBytes }],
    },
  ];
}

function artworkOf(title: CatalogTitle, origin: string): object {
  return {
    url: `${origin}/artwork/${title.adamId}/{w}x{h}{c}.{f}`,
    width: MAXIMUM_SIZE,
    height: MAXIMUM_SIZE,
    bgColor: backgroundColor(title),
  };
}

function storeUrl({ adamId, kind }: CatalogTitle, origin: string): string {
  return `${origin}/store/${kind}/id${adamId}`;
}
