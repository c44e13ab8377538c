import type { App, Organization } from './organization.ts';

/** Who is to have an app, by the plain reading of its assignments. */
export function wantedBy(app: App, { groups, devices }: Organization): ReadonlySet<string> {
  const within = (wish: string): Set<string> =>
    new Set(
      groups
        .filter((group) => app.wishes.get(group.id) === wish)
        .flatMap((group) => [...group.members]),
    );
  const [required, excluded] = [within('required'), within('excluded')];
  return new Set(
    devices
      .map((device) => device.serialNumber)
      .filter((serial) => required.has(serial) && !excluded.has(serial)),
  );
}

/** Keeps in mind since when which device is to have which app. */
export class WishLog {
  #since = new Map<string, number>();

  /** To be called after everything that may have changed what is wanted. @param now simulated ms */
  note(organization: Organization, now: number): void {
    const since = new Map<string, number>();
    for (const app of organization.apps)
      for (const serialNumber of wantedBy(app, organization)) {
        const key = keyOf(serialNumber, app.adamId);
        since.set(key, this.#since.get(key) ?? now);
      }
    this.#since = since;
  }

  readonly since = (serialNumber: string, adamId: string): number | undefined =>
    this.#since.get(keyOf(serialNumber, adamId));
}

const keyOf = (serialNumber: string, adamId: string): string => `${serialNumber} ${adamId}`;
