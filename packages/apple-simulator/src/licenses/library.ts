import type { CatalogTitle } from '../catalog/title.ts';
import type { Core, Person } from '../core/world.ts';
import {
  Asset,
  type Assignment,
  assetKey,
  type Cause,
  type Holder,
  type PricingParam,
} from './assets.ts';
import type { Location } from './location.ts';
import type { Notifier } from './notifications.ts';
import type { AssignmentChange } from './rows/assignment-log.ts';
import type { Settings } from './settings.ts';
import type { UserRecord } from './users.ts';

const BY_PERSON: Cause = { by: 'person' };

/** Everything that changes who holds what; each change is in the journal, with the asset's counts after it. */
export class Library {
  readonly #core: Core;
  readonly #settings: Settings;
  readonly #notifier: Notifier;

  constructor(core: Core, settings: Settings, notifier: Notifier) {
    this.#core = core;
    this.#settings = settings;
    this.#notifier = notifier;
  }

  /** The location's asset of a title, made with an empty stock when it has none yet. */
  assetOf(location: Location, title: CatalogTitle, pricingParam: PricingParam): Asset {
    const key = assetKey({ adamId: title.adamId, pricingParam });
    let asset = location.assets.get(key);
    if (asset === undefined) {
      const kind = {
        adamId: title.adamId,
        pricingParam,
        productType: title.kind === 'app' ? ('App' as const) : ('Book' as const),
        deviceAssignable: title.deviceAssignable,
        revocable: title.kind === 'app',
        supportedPlatforms: title.platforms,
      };
      asset = new Asset(kind, false);
      location.assets.set(key, asset);
    }
    return asset;
  }

  /**
   * Gives the holder a license of the asset.
   * @returns Apple's error number when it cannot be given, else undefined
   */
  grant(location: Location, asset: Asset, holder: Holder, cause: Cause): number | undefined {
    if (location.assignments.has(asset, holder)) {
      this.#core.counters.add('repeatedPairs', location.uId);
      return this.#settings.repeatedPairs === 'refuse' ? 9616 : undefined;
    }
    if (typeof holder !== 'string' && sharesAccountWithHolder(location, asset, holder)) return 9616;
    if (asset.vanished || asset.available === 0) return 9709;
    location.assignments.add(asset, holder, this.#core.clock.now(), cause);
    this.#changed(location, { asset, holder }, 'associated', cause);
    return undefined;
  }

  /**
   * Takes the holder's license back.
   * @returns Apple's error number when it cannot be taken back, else undefined
   */
  takeBack(location: Location, asset: Asset, holder: Holder, cause: Cause): number | undefined {
    if (!location.assignments.has(asset, holder))
      return this.#settings.repeatedPairs === 'refuse' ? 9619 : undefined;
    if (!asset.kind.revocable) return 9706;
    location.assignments.remove(asset, holder);
    this.#changed(location, { asset, holder }, 'disassociated', cause);
    return undefined;
  }

  /** All licenses a holder has in the location. */
  heldBy(location: Location, holder: Holder): Assignment[] {
    return [...location.assets.values()].flatMap(
      (asset) => location.assignments.find(asset, holder) ?? [],
    );
  }

  /** Retires a user: apps return to the stock, books are used up. */
  retire(location: Location, user: UserRecord, cause: Cause): void {
    for (const row of this.heldBy(location, user)) {
      if (row.asset.kind.revocable) {
        this.takeBack(location, row.asset, user, cause);
      } else {
        location.assignments.useUp(row.asset, user);
        this.#changed(location, row, 'used up', cause);
      }
    }
    location.users.retire(user);
    this.#userChanged(location, user, cause);
  }

  /** Registers a user; see {@link Location.users}. */
  register(
    location: Location,
    input: { clientUserId: string; email?: string | undefined },
    cause: Cause,
  ): UserRecord {
    const user = location.users.create(input);
    this.#restore(location, user, cause);
    this.#userChanged(location, user, cause);
    return user;
  }

  /** Ties a user to an Apple Account; where an older row comes back, it takes over the licenses. */
  associate(
    location: Location,
    user: UserRecord,
    account: { idHash: string },
    cause: Cause,
  ): UserRecord {
    const row = location.users.associate(user, account);
    if (row !== user) {
      this.#restore(location, row, cause);
      for (const { asset } of this.heldBy(location, user)) {
        location.assignments.move(asset, user, row);
        this.#changed(location, { asset, holder: row }, 'moved', cause);
      }
    }
    this.#userChanged(location, row, cause);
    return row;
  }

  /** The person opens an invitation and accepts it with the Apple Account. False: no such invitation in this location. */
  async accept(location: Location, inviteCode: string, person: Person): Promise<boolean> {
    const user = location.users.invited(inviteCode);
    if (user === undefined || person.idHash === undefined) return false;
    const row = this.associate(location, user, { idHash: person.idHash }, BY_PERSON);
    await this.#notifier.send(location, 'USER_ASSOCIATED', {
      associatedUsers: [{ ...userFields(row), inviteCode }],
    });
    return true;
  }

  #restore(location: Location, user: UserRecord, cause: Cause): void {
    for (const row of this.heldBy(location, user).filter(({ usedUp }) => usedUp)) {
      location.assignments.restore(row.asset, user);
      this.#changed(location, row, 'restored', cause);
    }
  }

  #changed(
    location: Location,
    { asset, holder }: { readonly asset: Asset; readonly holder: Holder },
    change: AssignmentChange,
    cause: Cause,
  ): void {
    location.assetsVersion.touch();
    const { clock, journal } = this.#core;
    const logged = { change, asset, holder, cause };
    journal.refer(location.log, location.log.add(logged, clock.now(), clock.wallNow()));
  }

  #userChanged(location: Location, user: UserRecord, cause: Cause): void {
    this.#core.journal.write('user', { uId: location.uId, ...userFields(user), ...cause });
  }
}

/** A user as lists and notifications show it. */
export function userFields(user: UserRecord): Record<string, string> & { clientUserId: string } {
  const { clientUserId, email, idHash, inviteCode, status } = user;
  return {
    clientUserId,
    ...(email !== undefined && { email }),
    ...(idHash !== undefined && { idHash }),
    ...(inviteCode !== undefined && { inviteCode }),
    status,
  };
}

/** Whether another user with the same Apple Account has the title already. */
function sharesAccountWithHolder(location: Location, asset: Asset, user: UserRecord): boolean {
  if (user.idHash === undefined) return false;
  return location.users
    .associated(user.idHash)
    .some((other) => other !== user && location.assignments.has(asset, other));
}
