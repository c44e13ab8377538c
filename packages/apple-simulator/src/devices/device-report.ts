import type { DeviceApp } from './apps/device-app.ts';
import type { DeviceBook } from './books/device-book.ts';
import { worksUntil } from './apps/entitlement.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';

/** A device as the controls show it. */
export function deviceReport(environment: Environment, device: Device): object {
  const { serialNumber, udid, family, traits, enrollment, promptsShown, openPrompts } = device;
  return {
    serialNumber,
    udid,
    family,
    ...traits,
    enrolled: enrollment !== undefined,
    tokenAccepted: enrollment?.confirmed ?? false,
    topic: enrollment?.profile.topic ?? null,
    pushToken: enrollment?.pushToken ?? null,
    enrollmentId: enrollment?.enrollmentId ?? null,
    workAccount: enrollment?.workAccount?.appleAccount ?? null,
    userChannel: enrollment?.user?.confirmed ?? false,
    organizationName: device.organizationName ?? null,
    promptsShown,
    openPrompts: [...openPrompts].map((prompt) => ({
      kind: prompt.kind,
      bundleId: prompt.bundleId ?? null,
      adamId: prompt.adamId ?? null,
      organization: prompt.organization ?? null,
    })),
    apps: [...device.apps.values()].map((app) => appReport(environment, device, app)),
    books: [...device.books.values()].map(bookReport),
  };
}

/** How many devices there are, and in which states their apps are. */
export function fleetSummary(devices: readonly Device[]): object {
  const states: Record<string, number> = {};
  const bookStates: Record<string, number> = {};
  let installed = 0;
  for (const { apps, books } of devices) {
    for (const app of apps.values()) {
      if (app.installed !== undefined) installed++;
      count(states, app.state);
    }
    for (const book of books.values()) count(bookStates, book.state);
  }
  return {
    devices: devices.length,
    enrolled: devices.filter(({ enrollment }) => enrollment?.confirmed === true).length,
    online: devices.filter(({ traits }) => traits.online).length,
    installedApps: installed,
    appStates: states,
    bookStates,
  };
}

function count(states: Record<string, number>, state: string | undefined): void {
  if (state !== undefined) states[state] = (states[state] ?? 0) + 1;
}

function bookReport({ adamId, persistentId, details, state, installed, promptsShown }: DeviceBook) {
  return {
    adamId: adamId ?? null,
    persistentId: persistentId ?? null,
    title: details.title ?? null,
    state: state ?? null,
    installed: installed !== undefined,
    version: installed?.version ?? null,
    promptsShown,
  };
}

function appReport(environment: Environment, device: Device, app: DeviceApp) {
  const { bundleId, adamId, state, installed, management, promptsShown } = app;
  const end = worksUntil(environment, device, app);
  return {
    bundleId,
    adamId: adamId ?? null,
    name: installed?.name ?? null,
    state: state ?? null,
    managed: management !== undefined,
    installed: installed !== undefined,
    version: installed?.version ?? null,
    externalVersionId: installed?.externalVersionId ?? null,
    deviceLicensed: installed === undefined ? null : installed.runsOn === 'device',
    usable: installed !== undefined && (end === undefined || environment.clock.now() < end),
    usableUntil: end === undefined ? null : new Date(end).toISOString(),
    hasConfiguration: management?.configuration !== undefined,
    promptsShown,
  };
}
