import type { SimulatedClock } from './clock.ts';
import type { Counters } from './counters.ts';
import type { Faults } from './faults.ts';
import type { Happenings } from './happenings.ts';
import type { Journal } from './journal.ts';
import type { Random } from './random.ts';

/** Whether a device may use a title right now, and through what. */
export interface LicenseQuery {
  readonly adamId: string;
  readonly serialNumber?: string | undefined;
  /** `iTunesStoreAccountHash` of the account signed in on the device. */
  readonly idHash?: string | undefined;
  /** How long after Apple settled an assignment devices see it, ms; default: the simulator's setting. */
  readonly propagationMs?: number | undefined;
}

/** What the license service tells the devices. */
export interface LicenseAuthority {
  licenseFor(query: LicenseQuery): { readonly kind: 'device' | 'user' } | undefined;
  /** Simulated ms at which the last license that would fit was taken back; undefined: there never was one. */
  lostAt(query: LicenseQuery): number | undefined;
  person(personId: string): Person | undefined;
  personByAccount(appleAccount: string): Person | undefined;
  /** The person opens an invitation and signs in. False: the code is unknown or used, or there is no Apple Account. */
  acceptInvitation(inviteCode: string, person: Person): Promise<boolean>;
}

export type DeviceFamily = 'iphone' | 'ipad' | 'ipod' | 'mac' | 'tvos' | 'watch' | 'realityDevice';

/** A title as the store would hand it to a device. */
export interface StoreTitle {
  readonly adamId: string;
  readonly name: string;
  readonly bundleId: string;
  readonly kind: 'app' | 'book';
  readonly version: string;
  /** The number a device reports and the catalog names, to tell whether there is an update. */
  readonly externalVersionId: number;
  readonly minimumOsVersion: string;
  readonly families: readonly DeviceFamily[];
  /** Storefronts (ISO 3166-1 alpha-2, lower case) that do not have it. */
  readonly absentIn: readonly string[];
  readonly sizeBytes: number;
}

/** The store's titles; unknown ones are undefined. */
export interface TitleSource {
  title(adamId: string): StoreTitle | undefined;
  titleByBundleId(bundleId: string): StoreTitle | undefined;
}

/** Someone with an Apple Account, who can accept invitations and sign in on devices. */
export interface Person {
  readonly personId: string;
  readonly name: string;
  /** E-mail address of the Apple Account; absent: has none. */
  readonly appleAccount?: string;
  /** 28 characters, base64 of 20 bytes; equals the device's `iTunesStoreAccountHash`. */
  readonly idHash?: string;
  /** The organization that owns the account (a Managed Apple Account); absent: a private account. */
  readonly managedBy?: string;
}

/** One message of a device to its management server, and the answer, as they went over the wire. */
export interface Exchange {
  readonly url: string;
  readonly sent: Buffer;
  readonly status: number;
  readonly received: Buffer;
}

export type Watch = (exchange: Exchange) => void;

/** What every part of the simulator works with. */
export interface Core {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly journal: Journal;
  readonly counters: Counters;
  /** How often which fault struck. */
  readonly strikes: Counters;
  readonly faults: Faults;
  readonly happenings: Happenings;
  /** Certificate authorities (PEM) to trust for calls outward, besides the public ones. */
  readonly trust: string | undefined;
  /** Told of every exchange of a device with its management server. */
  readonly watch: Watch | undefined;
}

/** The core together with the parts that devices ask. */
export interface World extends Core {
  readonly licenses: LicenseAuthority;
  readonly catalog: TitleSource;
}
