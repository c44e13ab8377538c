import { Problem } from '../errors.ts';
import { findCountry } from './countries.ts';

export type AccountType = 'business' | 'education';

const longestText = 256;

/** What an administrator says about a token; the names are Graph's. */
export interface TokenFields {
  readonly displayName?: string | undefined;
  readonly appleId?: string | undefined;
  readonly countryOrRegion?: string | undefined;
  readonly vppTokenAccountType?: string | undefined;
  readonly automaticallyUpdateApps?: boolean | undefined;
  readonly claimTokenManagementFromExternalMdm?: boolean | undefined;
  readonly dataSharingConsentGranted?: boolean | undefined;
}

/** @throws Problem `unknownCountry` */
export function checkCountry(text: string): string {
  const country = findCountry(text);
  if (country !== undefined) return country.toLowerCase();
  throw new Problem(
    'badRequest',
    'unknownCountry',
    `"${text.slice(0, 20)}" is no country or region with an App Store: use its two-letter code, such as us or gb.`,
    { field: 'countryOrRegion' },
  );
}

/** @throws Problem `unknownAccountType` */
export function checkAccountType(text: string): AccountType {
  if (text === 'business' || text === 'education') return text;
  throw new Problem(
    'badRequest',
    'unknownAccountType',
    `"${text.slice(0, 20)}" is no account type: it is business or education.`,
    { field: 'vppTokenAccountType' },
  );
}

/** The Apple Account that owns the token. @throws Problem `appleIdMalformed` */
export function checkAppleId(text: string): string {
  const appleId = text.trim();
  if (/^[^@\s]+@[^@\s]+$/.test(appleId) && appleId.length <= longestText) return appleId;
  throw new Problem(
    'badRequest',
    'appleIdMalformed',
    'The Apple Account that owns the token looks like an e-mail address, such as manager@example.org.',
    { field: 'appleId' },
  );
}

/** @throws Problem `displayNameTooLong` */
export function checkDisplayName(text: string): string {
  const name = text.trim();
  if (name.length <= longestText) return name;
  throw new Problem(
    'badRequest',
    'displayNameTooLong',
    `The name of a token has at most ${longestText} characters.`,
    { field: 'displayName' },
  );
}
