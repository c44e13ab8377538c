import type { Asset } from './assets.ts';
import type { AssignmentBook } from './assignments.ts';
import type { LicenseEvent } from './event.ts';
import type { AssignmentLog } from './rows/assignment-log.ts';
import type { Subscription } from './subscriptions/subscription.ts';
import type { UserBook } from './users.ts';
import type { VersionLog } from './versions.ts';

export interface Organization {
  readonly organizationId: string;
  readonly name: string;
  readonly kind: 'business' | 'school';
  /** ISO 3166-1 alpha-2 in upper case: the storefront of its locations. */
  readonly country: string;
}

export interface MdmInfo {
  readonly id: string;
  readonly name: string;
  readonly metadata: string;
}

export interface NotificationTarget {
  readonly url: string;
  readonly authToken: string;
}

/** A library of licenses: what one content token stands for. */
export interface Location {
  readonly uId: string;
  readonly name: string;
  readonly organization: Organization;
  readonly assets: Map<string, Asset>;
  readonly assetsVersion: VersionLog;
  readonly assignments: AssignmentBook;
  readonly log: AssignmentLog;
  readonly users: UserBook;
  readonly events: Map<string, LicenseEvent>;
  /** The events with work left to do. */
  readonly openEvents: Set<LicenseEvent>;
  /** By their Adam ID. */
  readonly subscriptions: Map<number, Subscription>;
  readonly subscriptionsVersion: VersionLog;
  subscriptionsEnabled: boolean;
  mdmInfo: MdmInfo | undefined;
  notifications: NotificationTarget | undefined;
  /** What `notifications` was before its last change. */
  earlierNotifications: NotificationTarget | undefined;
  /** Who managed the location before another service took it over. */
  earlierMdmInfo: MdmInfo | undefined;
  subscribedTypes: readonly string[];
  /** Page requests being answered now. */
  pagesInFlight: number;
  /** Simulated ms until which the service is unavailable to the location. */
  blockedUntil: number;
}
