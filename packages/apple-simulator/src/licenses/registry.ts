import type { Core } from '../core/world.ts';
import { AssignmentBook } from './assignments.ts';
import type { Location, Organization } from './location.ts';
import { AssignmentLog } from './rows/assignment-log.ts';
import { UserBook } from './users.ts';
import { createUuidV1, VersionLog } from './versions.ts';

const FIRST_UID = 2_049_000_000_000_001;

/** The organizations and their locations. */
export class Registry {
  readonly #core: Core;
  readonly #mint: () => string;
  readonly #organizations = new Map<string, Organization>();
  readonly #locations = new Map<string, Location>();

  constructor(core: Core) {
    this.#core = core;
    this.#mint = createUuidV1(core.clock, core.random.fork('versions'));
  }

  addOrganization(input: Omit<Organization, 'organizationId'>): Organization {
    const organization = {
      ...input,
      organizationId: `organization-${this.#organizations.size + 1}`,
    };
    this.#organizations.set(organization.organizationId, organization);
    return organization;
  }

  addLocation(organization: Organization, name: string): Location {
    const uId = String(FIRST_UID + this.#locations.size);
    const version = (): VersionLog => new VersionLog(this.#core.clock, this.#mint);
    const assignments = new AssignmentBook(version());
    const location: Location = {
      uId,
      name,
      organization,
      assets: new Map(),
      assetsVersion: version(),
      assignments,
      log: new AssignmentLog(uId, assignments.names),
      users: new UserBook(version(), this.#core.random.fork(`invitations ${uId}`)),
      events: new Map(),
      openEvents: new Set(),
      subscriptions: new Map(),
      subscriptionsVersion: version(),
      subscriptionsEnabled: false,
      mdmInfo: undefined,
      notifications: undefined,
      earlierNotifications: undefined,
      earlierMdmInfo: undefined,
      subscribedTypes: [],
      pagesInFlight: 0,
      blockedUntil: 0,
    };
    this.#locations.set(uId, location);
    return location;
  }

  organization(organizationId: string): Organization | undefined {
    return this.#organizations.get(organizationId);
  }

  location(uId: string): Location | undefined {
    return this.#locations.get(uId);
  }

  locations(): Location[] {
    return [...this.#locations.values()];
  }

  organizations(): Organization[] {
    return [...this.#organizations.values()];
  }
}
