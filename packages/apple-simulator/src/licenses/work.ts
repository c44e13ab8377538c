import { type Asset, assetKey, type Cause, holderFields } from './assets.ts';
import type { EventElement, Outcome, Work } from './event.ts';
import type { Library } from './library.ts';
import { userFields } from './library.ts';
import type { Location } from './location.ts';
import {
  type AssetReference,
  type Strips,
  type Target,
  targetKey,
  targetMap,
} from './open-pairs.ts';
import type { People } from './people.ts';
import type { UserRecord } from './users.ts';

export interface UserRequest {
  readonly clientUserId: string;
  readonly email?: string;
  readonly managedAppleId?: string;
}

/** Assets × targets, one asset after the other, each pair by itself. */
export function pairWork(
  type: 'ASSOCIATE' | 'DISASSOCIATE',
  location: Location,
  library: Library,
  assets: readonly AssetReference[],
  targets: readonly Target[],
): Work {
  const byKey = targetMap(targets);
  return {
    type,
    notifies: 'ASSET_MANAGEMENT',
    size: assets.length * targets.length,
    strips: new Map(
      assets.map((asset, index) => [
        assetKey(asset),
        { asset, first: index * targets.length, targets: byKey },
      ]),
    ),
    perform(index, cause, failure) {
      const reference = assets[Math.floor(index / targets.length)];
      const target = targets[index % targets.length];
      if (reference === undefined || target === undefined)
        throw new RangeError(`No pair ${index}.`);
      const element: EventElement = { ...reference, ...target };
      return { element, errorNumber: failure ?? change(reference, target, cause) };
    },
  };

  function change(reference: AssetReference, target: Target, cause: Cause): number | undefined {
    const holder =
      'serialNumber' in target ? target.serialNumber : location.users.active(target.clientUserId);
    if (holder === undefined) return 9609;
    const asset = location.assets.get(assetKey(reference));
    if (asset === undefined) return 9709;
    return type === 'ASSOCIATE'
      ? library.grant(location, asset, holder, cause)
      : library.takeBack(location, asset, holder, cause);
  }
}

/** Every revocable license that the targets hold when the request is accepted. */
export function revokeWork(location: Location, library: Library, targets: readonly Target[]): Work {
  const pairs = targets.flatMap((target) => {
    const holder =
      'serialNumber' in target ? target.serialNumber : location.users.active(target.clientUserId);
    const held = holder === undefined ? [] : library.heldBy(location, holder);
    return held
      .filter(({ asset }) => asset.kind.revocable)
      .map(({ asset, holder }) => ({ asset, holder, target }));
  });
  return {
    type: 'REVOKE',
    notifies: 'ASSET_MANAGEMENT',
    size: pairs.length,
    strips: stripsOf(pairs),
    perform(index, cause, failure) {
      const pair = pairs[index];
      if (pair === undefined) throw new RangeError(`No license ${index}.`);
      const { asset, holder } = pair;
      const { adamId, pricingParam } = asset.kind;
      return {
        element: { adamId, pricingParam, ...holderFields(holder) },
        errorNumber: failure ?? library.takeBack(location, asset, holder, cause),
      };
    },
  };
}

function stripsOf(pairs: readonly { asset: Asset; target: Target }[]): Strips {
  const placed = pairs.map(({ asset, target }, place) => ({ asset, target, place }));
  const strips = [...Map.groupBy(placed, ({ asset }) => asset)].map(([asset, group]) => ({
    asset: asset.kind,
    first: 0,
    targets: new Map(group.map(({ target, place }) => [targetKey(target), { ...target, place }])),
  }));
  return new Map(strips.map((strip) => [assetKey(strip.asset), strip]));
}

/** Creating, updating or retiring users, each by itself. */
export function userWork(
  type: 'CREATE' | 'UPDATE' | 'RETIRE',
  location: Location,
  library: Library,
  people: People,
  users: readonly UserRequest[],
): Work {
  const changes = { CREATE: create, UPDATE: update, RETIRE: retire };
  return {
    type,
    notifies: 'USER_MANAGEMENT',
    size: users.length,
    strips: new Map(),
    perform(index, cause, failure) {
      const request = users[index];
      if (request === undefined) throw new RangeError(`No user ${index}.`);
      const result = failure ?? changes[type](request, cause);
      return typeof result === 'number' ? failed(request, result) : { element: userFields(result) };
    },
  };

  function create(request: UserRequest, cause: Cause): UserRecord | number {
    if (location.users.active(request.clientUserId) !== undefined) return 9716;
    const account = managedAccount(request);
    if (typeof account === 'number') return account;
    const user = library.register(location, request, cause);
    return account === undefined ? user : library.associate(location, user, account, cause);
  }

  function update(request: UserRequest, cause: Cause): UserRecord | number {
    const user = location.users.active(request.clientUserId);
    if (user === undefined) return 9609;
    const account = managedAccount(request);
    if (typeof account === 'number') return account;
    if (request.email !== undefined) location.users.setEmail(user, request.email);
    if (account === undefined || account.idHash === user.idHash) return user;
    if (user.status === 'Associated') return 9635;
    return library.associate(location, user, account, cause);
  }

  function retire(request: UserRequest, cause: Cause): UserRecord | number {
    const user = location.users.active(request.clientUserId);
    if (user === undefined) return 9609;
    library.retire(location, user, cause);
    return user;
  }

  /** The account to tie at once: none asked for, one of the organization's, or why not. */
  function managedAccount(request: UserRequest): { idHash: string } | number | undefined {
    if (request.managedAppleId === undefined) return undefined;
    const person = people.byAccount(request.managedAppleId);
    const { idHash, managedBy } = person ?? {};
    if (idHash === undefined || managedBy !== location.organization.organizationId) return 9635;
    const taken = location.users
      .associated(idHash)
      .some(({ clientUserId }) => clientUserId !== request.clientUserId);
    return taken ? 9641 : { idHash };
  }
}

function failed(request: UserRequest, errorNumber: number): Outcome {
  const { clientUserId, email } = request;
  return { element: { clientUserId, ...(email !== undefined && { email }) }, errorNumber };
}
