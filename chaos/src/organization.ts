import type { OwnerLog } from './owners.ts';
import type { WishLog } from './wishes.ts';

export type LicenseType = 'device' | 'user';

/** What an assignment says of the members of a group. */
export interface Wish {
  readonly intent: 'required' | 'available' | 'uninstall' | 'excluded';
  readonly licenseType: LicenseType;
}

/** A location of the organization at Apple, with the token that stands for it. */
export interface Location {
  readonly uId: string;
  /** Another one after it was deleted and uploaded again. */
  tokenId: string;
  /** When its token was deleted until when it was uploaded again, in simulated ms: nothing is sent meanwhile. */
  readonly silences: { readonly from: number; until: number }[];
}

export interface App {
  /** Another one after the token was uploaded again. */
  id: string;
  readonly uId: string;
  readonly adamId: string;
  /** By id of the group. */
  wishes: ReadonlyMap<string, Wish>;
  /**
   * Serial numbers of devices whose user asked for it, where it was Available. Perhaps: Uninstall came after that, and
   * whether the server acted on it before it was changed back nobody can say.
   */
  readonly asked: Map<string, 'asked' | 'perhaps'>;
  /** Its token was deleted: nobody is to have it, and nobody loses it. */
  deleted: boolean;
  /** Who had a license of ours when the token was uploaded again: what we gave out before stays ours. */
  readonly history: Set<string>;
}

export interface Title {
  readonly adamId: string;
  readonly bundleId: string;
}

export interface Person {
  /** The directory's id. */
  readonly id: string;
  /** As Apple in a box knows the person. */
  readonly appleId: string;
  /** Out of the organization. */
  left: boolean;
}

export interface Device {
  readonly id: string;
  readonly serialNumber: string;
  /** The directory's id, by which it joins groups. */
  readonly directoryId: string;
  /** Whose it is now, if anybody's; a person who left has none. */
  owner: Person | undefined;
}

export interface Group {
  readonly id: string;
  readonly of: 'devices' | 'people';
  /** Serial numbers of devices, or ids of people. */
  readonly members: Set<string>;
}

/** What the schedule knows of its organization: what it asked for, and the server said yes to. */
export interface Organization {
  readonly locations: readonly Location[];
  readonly apps: readonly App[];
  readonly titles: readonly Title[];
  readonly people: readonly Person[];
  readonly devices: readonly Device[];
  /** Those of the devices that are really enrolled. */
  readonly fleet: readonly Device[];
  readonly groups: readonly Group[];
  readonly wishes: WishLog;
  /** Who had which device when. */
  readonly owners: OwnerLog;
  /** Serial numbers of devices from which licenses were taken so that no app is removed: by hand, or with their person. */
  readonly keepsApps: Set<string>;
  /** By id of the person, once the server has made one up. */
  readonly clientUserIds: Map<string, string>;
}

/** Graph's reference to an object of the directory. */
export function referenceTo(directoryId: string): string {
  return `https://graph.microsoft.com/beta/directoryObjects/${directoryId}`;
}
