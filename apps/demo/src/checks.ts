import type { AppRow } from './allotment.ts';
import { type Expected, isDue } from './expected.ts';
import { findApp } from './scene.ts';
import { unfinished } from './second-chapter.ts';
import { type Seen, licenseName } from './seen.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, when it is not ok. */
  readonly saw?: string;
}

/** Compares what both sides show with what the organizations want. */
export function checksOf(seen: Seen, expected: readonly Expected[]): readonly Check[] {
  return [...ofTokens(seen), ...ofDevices(seen, expected), ...ofLicenses(seen)];
}

function ofTokens({ organizations, tokens, apps, books }: Seen): readonly Check[] {
  const valid = tokens.filter((token) => token.state === 'valid');
  const silent = tokens.filter(
    ({ location }) => location.notifications !== 'on' || location.lastNotificationDateTime === null,
  );
  const nameless = [...apps, ...books].filter((title) => title.name === title.adamId);
  return [
    check(
      'every token is valid and synced',
      tokens.length === organizations.length && valid.length === tokens.length,
      tokens.map((token) => token.state),
    ),
    none(
      'Apple sends notifications',
      silent.map((token) => token.location),
    ),
    none(
      'every app has its name from the catalog',
      nameless.map((title) => title.adamId),
    ),
  ];
}

function ofDevices(seen: Seen, expected: readonly Expected[]): readonly Check[] {
  const { devices, organizations, told, mdm } = seen;
  const due = expected.filter((one) => isDue(one) && !one.device.declines);
  const missing = due.filter((one) => !one.managed);
  const unlicensed = expected.filter((one) => one.managed && !one.licensed);
  return [
    none(
      'every device is enrolled',
      devices.filter((device) => !device.enrolled).map((device) => device.serialNumber),
    ),
    check(
      'every device that can install has its apps Managed',
      due.length > 0 && missing.length === 0,
      missing.map(nameOf),
    ),
    none('no device has an app without a license', unlicensed.map(nameOf)),
    none(
      'people who were invited have their app and their book, and what nobody needs any more is gone',
      organizations.flatMap((organization) => unfinished(organization, told, devices)),
    ),
    ...(mdm === undefined
      ? []
      : [
          check(
            'every message of and to devices is as Apple describes it',
            mdm.commands > 0 && mdm.departures.length === 0,
            mdm,
          ),
        ]),
  ];
}

function ofLicenses(seen: Seen): readonly Check[] {
  const { organizations, apps, counters } = seen;
  const assets = Object.values(counters.locations).flatMap((location) => location.assets);
  const repeated = Object.entries(counters.total).filter(
    ([name, pairs]) => repetitions.has(name) && pairs > 0,
  );
  return [
    none(
      'Apple’s assigned count never passed its total',
      assets.filter(({ total, maximumAssigned }) => total !== null && maximumAssigned > total),
    ),
    none('Apple’s assigned count equals held plus foreign', unequalAssets(seen)),
    check(
      'what others had assigned is still there',
      foreignStay(seen),
      organizations.map((one) => one.foreign),
    ),
    check(
      'scarce licenses are all in use and the rest waits',
      scarceUsed(apps),
      apps.filter((app) => app.waiting > 0),
    ),
    none('no pair was sent to Apple twice', repeated),
  ];
}

/**
 * Pairs as Apple in a box counted them, by what was the matter when they came: their like, or the opposite, was still
 * under way, or they were so already. Of a request that a killed server had on its way the outcome is unknown, but it
 * is found out by asking (Law 3); so this holds however often the server is killed.
 */
const repetitions = new Set([
  'repeatedPairs',
  'pairsWhileOpen',
  'pairsWhileOppositeOpen',
  'pairsWhileAssigned',
  'pairsWhileNotAssigned',
]);

function check(name: string, ok: boolean, saw: unknown): Check {
  return ok ? { name, ok } : { name, ok, saw: JSON.stringify(saw).slice(0, 1000) };
}

/** Holds when there is nothing to object to. */
function none(name: string, objections: readonly unknown[]): Check {
  return check(name, objections.length === 0, objections);
}

const nameOf = ({ device, title }: Expected): string => `${device.serialNumber} ${title.name}`;

/** Every title at Apple, apps and books. */
function unequalAssets({ organizations, told, tokens, apps, books, counters }: Seen): string[] {
  const titles = [...apps, ...books];
  return organizations.flatMap(({ tokenName }) => {
    const tokenId = tokens.find((token) => token.displayName === tokenName)?.id;
    const assets = counters.locations[told.uIds.get(tokenName) ?? '']?.assets ?? [];
    return assets.flatMap(({ adamId, assigned }) => {
      const { name, held, foreign } = findApp(titles, tokenId, adamId);
      return held + foreign === assigned
        ? []
        : [`${name}: ${held} held + ${foreign} foreign ≠ ${assigned} at Apple`];
    });
  });
}

function foreignStay({ organizations, told, licenses }: Seen): boolean {
  return organizations.every(({ tokenName, foreign }) =>
    foreign.every(({ adamId, serialNumbers }) =>
      serialNumbers.every((serial) =>
        licenses.has(licenseName(told.uIds.get(tokenName), adamId, serial)),
      ),
    ),
  );
}

function scarceUsed(apps: readonly AppRow[]): boolean {
  const scarce = apps.filter((app) => app.waiting > 0);
  return scarce.length > 0 && scarce.every((app) => app.held + app.foreign === app.owned);
}
