import {
  type Hit,
  type Intent,
  type LicenseType,
  type NotApplicableReason,
  type Outcome,
  type TargetKind,
  applicability,
  byPrecedence,
  intentsOf,
  licenseTypeFor,
  outcomeOf,
  resolveIntents,
} from '../src/index.ts';
import type { App, Asset, Assignment, Device, Holder, Organization, Pair } from './organization.ts';

/** An assignment that reaches somebody. */
interface Reach extends Hit {
  readonly assignment: Assignment;
  /** Only through a deleted group. */
  readonly suspended: boolean;
}

/** What an assignment says, and how. */
interface Says<What> {
  readonly what: What;
  readonly app: App;
  readonly assignment: Assignment;
  readonly licenseType: LicenseType;
  /** The license is taken before anybody asked for the app. */
  readonly ahead: boolean;
}

/** What is to become of an asset on a device, or of a book for a person. Offered: Available, and nobody asked for it. */
export type Verdict =
  | Says<'want' | 'suspended'>
  | Says<'offered'>
  | { readonly what: 'notApplicable'; readonly reason: NotApplicableReason }
  | { readonly what: 'remove' | 'excluded' | 'nothing' };

/** The groups that members are in, directly or through others. Cycles end where they began. */
function groupsAbove(
  organization: Organization,
  isMember: (group: Organization['groups'][number]) => boolean,
  passes: (group: Organization['groups'][number]) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  const climb = (group: Organization['groups'][number]): void => {
    if (found.has(group.id) || !passes(group)) return;
    found.add(group.id);
    for (const above of organization.groups) if (above.groupIds.includes(group.id)) climb(above);
  };
  for (const group of organization.groups) if (isMember(group)) climb(group);
  return found;
}

/** The assignments of an app that reach the members of some groups, or everybody. */
function reaches(
  organization: Organization,
  app: App,
  of: TargetKind,
  isMember: (group: Organization['groups'][number]) => boolean,
): Reach[] {
  const all = groupsAbove(organization, isMember, () => true);
  const live = groupsAbove(organization, isMember, (group) => !group.deleted);
  const everybody = of === 'user' ? 'allUsers' : 'allDevices';
  return organization.assignments
    .filter((assignment) => assignment.appId === app.id)
    .filter(({ target, groupId }) => (groupId === null ? target === everybody : all.has(groupId)))
    .map((assignment) => ({
      of,
      kind: assignment.target === 'exclusionGroup' ? 'exclusion' : assignment.intent,
      assignment,
      suspended: assignment.groupId !== null && !live.has(assignment.groupId),
    }));
}

const ofPerson = (organization: Organization, app: App, personId: string | null): Reach[] =>
  personId === null ||
  organization.people.find((person) => person.id === personId)?.deleted !== false
    ? []
    : reaches(organization, app, 'user', (group) => group.personIds.includes(personId));

/** What the assignments of one app come to on a device. */
function verdictOfApp(organization: Organization, device: Device, asset: Asset, app: App): Verdict {
  const hits = [
    ...ofPerson(organization, app, device.personId),
    ...reaches(organization, app, 'device', (group) => group.deviceIds.includes(device.id)),
  ].filter((hit) => !device.expected || concernsExpected(hit));
  const asked = organization.requests.some(
    (request) => request.appId === app.id && request.deviceId === device.id,
  );
  const verdict = judge(app, hits, asked);
  const appPlatform = app.platform === 'macos' ? 'macos' : 'ios';
  const title = { ...asset, appPlatform } as const;
  if (verdict.what === 'remove') {
    if (device.expected) return { what: 'nothing' };
    const fits = applicability(
      { ...device, osVersion: null },
      { ...title, deviceAssignable: true, deviceFamilies: [] },
    );
    return fits.applicable || fits.reason !== 'platform' ? verdict : { what: 'nothing' };
  }
  if (!('assignment' in verdict)) return verdict;
  const licenseType = licenseTypeFor(verdict.assignment.licenseType, {
    isBook: false,
    holdsDeviceLicense: holds(organization, asset.id, `device:${device.id}`),
  });
  const person = organization.people.find((one) => one.id === device.personId);
  const fits = applicability(
    {
      ...device,
      primaryUser: person?.deleted === false,
      managedAccount: person?.managedAccount === true,
    },
    title,
    licenseType,
  );
  if (fits.applicable) return { ...verdict, licenseType };
  if (verdict.what === 'offered')
    return fits.reason === 'minimumOsVersion' ? { ...verdict, licenseType } : { what: 'nothing' };
  // The newest version needs a newer system: what is there goes on with the one it has.
  return fits.reason === 'minimumOsVersion' && serves(organization, device, asset.id, licenseType)
    ? { ...verdict, licenseType, what: 'suspended' }
    : { what: 'notApplicable', reason: fits.reason };
}

/** Whether a license of that type is there for the device. */
function serves(
  organization: Organization,
  { id, personId }: Device,
  assetId: string,
  licenseType: LicenseType,
): boolean {
  if (licenseType === 'device') return holds(organization, assetId, `device:${id}`);
  const serving = organization.served.some(
    (one) => one.assetId === assetId && one.deviceId === id && one.personId === personId,
  );
  return serving && holds(organization, assetId, `person:${personId}`);
}

/** A device that has not enrolled is licensed only where an assignment to its group says so. */
const concernsExpected = ({ kind, assignment }: Reach): boolean =>
  assignment.groupId !== null &&
  (kind === 'exclusion' || kind === 'uninstall' || assignment.licensesAhead);

export const keyOf = ({ assetId, holder }: Pair): string => `${assetId} ${holder}`;

/** Whether a holder has the license: granted by us, or found at Apple. */
export function holds(organization: Organization, assetId: string, holder: Holder): boolean {
  const { row, found } = known(organization, { assetId, holder });
  return row !== undefined && (row.granted || found);
}

/** Whether it is there, or Apple was asked for it: more than a seat that is set aside. */
export function isAtApple(organization: Organization, assetId: string, holder: Holder): boolean {
  const { row, found } = known(organization, { assetId, holder });
  return row !== undefined && (row.granted ? row.asked : found);
}

/** The row of a pair, and whether Apple shows the pair as somebody else's. */
function known({ rows, foreign }: Organization, pair: Pair) {
  const is = (other: Pair): boolean => keyOf(other) === keyOf(pair);
  return { row: rows.find(is), found: foreign.some(is) };
}

/**
 * What hits come to. Where a deleted group makes a difference, nothing new happens: neither does it give something, nor
 * does its going take something away (L38).
 */
function judge(app: App, hits: readonly Reach[], asked: boolean): Verdict {
  const live = effectOf(
    hits.filter((hit) => !hit.suspended),
    asked,
  );
  const whole = effectOf(hits, asked);
  if (live.wants || whole.wants) {
    const assignment = sayingHow(hits, [live.intent, whole.intent]);
    const what = live.wants && whole.wants ? 'want' : 'suspended';
    const { ahead } = live.wants ? live : whole;
    return { what, app, assignment, licenseType: assignment.licenseType, ahead };
  }
  if (live.removes && whole.removes) return { what: 'remove' };
  if (live.offers || whole.offers) {
    const assignment = sayingHow(hits, ['available']);
    return { what: 'offered', app, assignment, licenseType: assignment.licenseType, ahead: false };
  }
  return { what: hits.some((hit) => takesAway(hit, hits)) ? 'excluded' : 'nothing' };
}

/** Whether a hit is an exclusion of somebody whom the same kind of target would reach (L39a). */
const takesAway = ({ kind, of }: Reach, hits: readonly Reach[]): boolean =>
  kind === 'exclusion' && hits.some((other) => other.of === of && other.kind !== 'exclusion');

interface Effect {
  readonly wants: boolean;
  readonly ahead: boolean;
  readonly removes: boolean;
  readonly offers: boolean;
  readonly intent: Intent;
}

function effectOf(hits: readonly Reach[], asked: boolean): Effect {
  const intents = resolveIntents(intentsOf('user', hits), intentsOf('device', hits));
  const outcome: Outcome = outcomeOf(intents, asked);
  const ahead =
    outcome !== 'install' &&
    intents.available &&
    notExcluded(hits).some((hit) => hit.kind === 'available' && hit.assignment.licensesAhead);
  return {
    wants: outcome === 'install' || ahead,
    ahead,
    removes: outcome === 'remove' && !ahead,
    offers: intents.available,
    intent: intents.required ? 'required' : 'available',
  };
}

const notExcluded = (hits: readonly Reach[]): Reach[] =>
  hits.filter((hit) => !hits.some((other) => other.of === hit.of && other.kind === 'exclusion'));

/** The assignment that says how: one with the intent that holds; a suspended or excluded one only where there is no other. */
function sayingHow(hits: readonly Reach[], intents: readonly Intent[]): Assignment {
  const standing = notExcluded(hits);
  const live = (reach: Reach): boolean => !reach.suspended;
  for (const some of [standing.filter(live), standing, notExcluded(hits.filter(live))]) {
    for (const intent of intents) {
      const [first] = some
        .filter((hit) => hit.kind === intent)
        .map((hit) => hit.assignment)
        .toSorted(byPrecedence);
      if (first !== undefined) return first;
    }
  }
  throw new Error('Nothing asks for what is wanted.');
}

const rank = [
  'want',
  'suspended',
  'remove',
  'offered',
  'notApplicable',
  'excluded',
  'nothing',
] as const;

/** What is to become of an asset on a device: several apps of one asset come to one. */
export function verdictOnDevice(organization: Organization, device: Device, asset: Asset): Verdict {
  return best(
    organization.apps
      .filter((app) => app.assetId === asset.id && app.platform !== 'book')
      .map((app) => verdictOfApp(organization, device, asset, app)),
  );
}

/** What is to become of a book for a person. */
export function verdictOnBook(organization: Organization, personId: string, asset: Asset): Verdict {
  return best(
    organization.apps
      .filter((app) => app.assetId === asset.id && app.platform === 'book')
      .map((app) => {
        const asked = organization.requests.some(
          (request) => request.appId === app.id && request.personId === personId,
        );
        return judge(app, ofPerson(organization, app, personId), asked);
      }),
  );
}

function best(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts.toSorted(
    (a, b) =>
      rank.indexOf(a.what) - rank.indexOf(b.what) ||
      ('assignment' in a && 'assignment' in b ? byPrecedence(a.assignment, b.assignment) : 0),
  );
  return first ?? { what: 'nothing' };
}
