import type { App, Device, LicenseType, Organization, Wish } from './organization.ts';

/** What the assignments of an app say of a device or a person, unless they are excluded (exclusion counts within a kind). */
function wishesFor(app: App, { groups }: Organization, member: string): readonly Wish[] {
  const wishes = groups
    .filter(({ members }) => members.has(member))
    .flatMap(({ id }) => app.wishes.get(id) ?? []);
  return wishes.some(({ intent }) => intent === 'excluded') ? [] : wishes;
}

/**
 * What a device is to have an app by: a license of its own or its owner's. `kept`: there is nothing new for it, and what
 * it has from before may stay: it would be by its owner's license, but it has no owner, or the app is Available and
 * nobody asked for it.
 */
export type Claim = LicenseType | 'kept';

/**
 * By which license a device is to have an app, by the plain reading of its assignments: Required before Available, of
 * which only what was asked for counts; among equals the device license.
 *
 * @returns undefined when it is not to have it
 */
export function claimOf(app: App, device: Device, organization: Organization): Claim | undefined {
  return app.deleted ? undefined : claimBefore(app, device, organization);
}

/** The same, though the app's token be deleted. */
function claimBefore(app: App, device: Device, organization: Organization): Claim | undefined {
  const { serialNumber, owner } = device;
  const said = [serialNumber, ...(owner === undefined ? [] : [owner.id])].flatMap((member) =>
    wishesFor(app, organization, member),
  );
  const saying = (what: Wish['intent']): readonly Wish[] =>
    said.filter(({ intent }) => intent === what);
  const [required, available, uninstall] = [
    saying('required'),
    saying('available'),
    saying('uninstall'),
  ];
  const asked = app.asked.get(serialNumber);
  const decides = required.length > 0 || asked !== 'asked' ? required : available;
  if (decides.length === 0)
    return available.length > 0 && (uninstall.length === 0 || asked === 'perhaps')
      ? 'kept'
      : undefined;
  if (decides.some(({ licenseType }) => licenseType === 'device')) return 'device';
  return owner === undefined ? 'kept' : 'user';
}

/** After Uninstall whoever asked for the app is to ask anew; a device's leaves what its user asked for. */
function doubtAsked(organization: Organization): void {
  for (const app of organization.apps)
    for (const { serialNumber, owner } of organization.devices) {
      if (!app.asked.has(serialNumber)) continue;
      const says = (member: string | undefined, what: Wish['intent']): boolean =>
        member !== undefined &&
        wishesFor(app, organization, member).some(({ intent }) => intent === what);
      const byOwner = says(owner?.id, 'uninstall');
      const byDevice = says(serialNumber, 'uninstall') && !says(owner?.id, 'available');
      if (byOwner || byDevice) app.asked.set(serialNumber, 'perhaps');
    }
}

/** Which devices are to have an app, besides those that may keep it. */
export function wantedBy(app: App, organization: Organization): ReadonlySet<string> {
  return devicesThat(app, organization, (claim) => claim === 'device' || claim === 'user');
}

/** Which devices may keep an app together with the license that it has there. */
export function keptBy(app: App, organization: Organization): ReadonlySet<string> {
  return devicesThat(app, organization, (claim) => claim === 'kept');
}

function devicesThat(
  app: App,
  organization: Organization,
  has: (claim: Claim | undefined) => boolean,
): ReadonlySet<string> {
  return new Set(
    organization.devices
      .filter((device) => has(claimOf(app, device, organization)))
      .map(({ serialNumber }) => serialNumber),
  );
}

/** Keeps in mind since when which device is to have which app. */
export class WishLog {
  #since = new Map<string, number>();

  /** To be called after everything that may have changed what is wanted. @param now simulated ms */
  note(organization: Organization, now: number): void {
    doubtAsked(organization);
    const { apps, devices } = organization;
    const since = new Map<string, number>();
    // Deleting a token removes no app, unless the title is still to be had from another location.
    const counts = apps.filter(
      (app) => !app.deleted || apps.every((one) => one === app || one.adamId !== app.adamId),
    );
    for (const app of counts)
      for (const device of devices) {
        const claim = claimBefore(app, device, organization);
        if (claim === undefined || claim === 'kept') continue;
        const key = keyOf(device.serialNumber, app.adamId);
        since.set(key, this.#since.get(key) ?? now);
      }
    this.#since = since;
  }

  readonly since = (serialNumber: string, adamId: string): number | undefined =>
    this.#since.get(keyOf(serialNumber, adamId));
}

const keyOf = (serialNumber: string, adamId: string): string => `${serialNumber} ${adamId}`;
