import type { StoreTitle } from '../../core/world.ts';
import type { Device } from '../device.ts';
import type { Environment } from '../environment.ts';
import type { DeviceApp, Entitlement, ManagedState } from './device-app.ts';

/** Puts the app into a state and tells the journal. @param reason why, where the state does not say it */
export function enterState(
  { journal, counters }: Environment,
  { serialNumber }: Device,
  app: DeviceApp,
  state: ManagedState | undefined,
  reason?: string,
): void {
  const { state: previous, bundleId, adamId } = app;
  app.state = state;
  if (state !== undefined) counters.add(`app.state.${state}`, serialNumber);
  journal.write('app.state', { serialNumber, bundleId, adamId, state, previous, reason });
}

/** The title now lies on the device, in place of any former version. */
export function placeApp(
  { clock }: Environment,
  device: Device,
  app: DeviceApp,
  title: StoreTitle,
  runsOn: Entitlement,
): void {
  takeAway(device, app);
  app.installed = {
    name: title.name,
    version: title.version.trim(),
    externalVersionId: title.externalVersionId,
    sizeBytes: title.sizeBytes,
    runsOn,
    updateCheck: { at: clock.now(), available: false },
  };
  device.traits.freeBytes = Math.max(0, device.traits.freeBytes - title.sizeBytes);
}

/** The app no longer lies on the device. */
export function takeAway(device: Device, app: DeviceApp): void {
  device.traits.freeBytes += app.installed?.sizeBytes ?? 0;
  app.installed = undefined;
}
