import type { StoreTitle } from '../../core/world.ts';
import type { Device } from '../device.ts';
import { runDetached, type Environment } from '../environment.ts';
import { isShared } from '../system.ts';
import { enterState, placeApp, takeAway } from './app-changes.ts';
import { assessInstall, type Assessment } from './assess-install.ts';
import type { DeviceApp, Entitlement } from './device-app.ts';
import { findEntitlement } from './entitlement.ts';
import { InstallWork, type InstallOrder, type Outcome } from './install-work.ts';

/** Decides on installs and removals on all devices and carries them out. */
export class Installer {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Decides on an order and, if there is something to do, begins. @returns what was decided */
  order(device: Device, order: InstallOrder): Assessment {
    const { title } = order;
    const { licensed, forUser, iosApp, takeOver } = order;
    const entitlement = findEntitlement(this.#environment, device, title, licensed, forUser);
    const assessment = assessInstall({
      title,
      family: device.family,
      traits: device.traits,
      app: device.apps.get(title.bundleId),
      managing: order.management !== undefined,
      takeOver,
      licensed,
      iosApp,
      shared: isShared(device),
      userEnrollment: device.enrollment?.enrollmentId !== undefined,
      entitlement,
    });
    switch (assessment.kind) {
      case 'rejected':
      case 'no-account':
        break;
      case 'no-license':
        if (device.family === 'Mac' || device.traits.missingLicense === 'failed')
          this.#begin(device, order, (work) => work.failForLicense());
        break;
      case 'refresh':
        this.#refresh(device, order, entitlement);
        break;
      default:
        this.#begin(device, order, (work) => work.carryOut(assessment));
    }
    return assessment;
  }

  /** Takes a managed app away, whatever its state. @returns false when the app is not managed */
  remove(device: Device, bundleId: string): boolean {
    const app = device.apps.get(bundleId);
    if (app?.management === undefined) return false;
    this.#forget(device, app);
    return true;
  }

  /** The management ends: apps flagged so go with it, others stay as the person's own. */
  endManagement(device: Device): void {
    for (const app of device.apps.values()) {
      app.stopWork();
      if (app.management !== undefined && (app.management.flags & 1) !== 0)
        this.#forget(device, app);
      app.management = undefined;
      app.state = undefined;
    }
  }

  /** The person deletes an app. @returns false when it is not there or may not be deleted */
  removeByPerson(device: Device, bundleId: string): boolean {
    const app = device.apps.get(bundleId);
    if (app?.installed === undefined || app.management?.attributes?.['Removable'] === false)
      return false;
    app.stopWork();
    takeAway(device, app);
    const state = app.management === undefined ? undefined : 'ManagedButUninstalled';
    enterState(this.#environment, device, app, state, 'deleted by the person');
    return true;
  }

  /** The person installs an app of their own, perhaps before the management does. */
  installByPerson(device: Device, title: StoreTitle): void {
    const app = device.app(title.bundleId, title.adamId);
    const state = app.busy ? 'UserInstalledApp' : undefined;
    app.stopWork();
    placeApp(this.#environment, device, app, title, 'account');
    app.management = undefined;
    enterState(this.#environment, device, app, state, 'installed by the person');
  }

  /**
   * An app that was on the device from the start, known to the store or not.
   * @param version default: the store's present one, else 1.0
   */
  placeOwnApp(device: Device, bundleId: string, version: string | undefined): void {
    const title = this.#environment.catalog.titleByBundleId(bundleId);
    const current = version === undefined || version === title?.version;
    device.app(bundleId, title?.adamId).installed = {
      name: title?.name ?? bundleId,
      version: version ?? title?.version ?? '1.0',
      externalVersionId: title === undefined ? 0 : title.externalVersionId - (current ? 0 : 1),
      sizeBytes: title?.sizeBytes ?? 10_000_000,
      runsOn: 'account',
      updateCheck: { at: this.#environment.clock.now(), available: !current },
    };
  }

  /** Nothing is downloaded; the app goes over to the license that was found, without a word. */
  #refresh(
    device: Device,
    { title, management }: InstallOrder,
    entitlement: Entitlement | undefined,
  ): void {
    const app = device.app(title.bundleId, title.adamId);
    app.management = management;
    if (app.installed !== undefined && entitlement !== undefined)
      app.installed = { ...app.installed, runsOn: entitlement };
    const state = management === undefined ? undefined : 'Managed';
    enterState(this.#environment, device, app, state, 'configuration');
  }

  #begin(
    device: Device,
    order: InstallOrder,
    doing: (work: InstallWork) => Promise<Outcome>,
  ): void {
    const app = device.app(order.title.bundleId, order.title.adamId);
    const controller = new AbortController();
    app.work = controller;
    const work = new InstallWork(this.#environment, device, app, order, controller.signal);
    const what = `install on ${device.serialNumber}`;
    runDetached(this.#environment, what, this.#finish(device, app, order, controller, doing(work)));
  }

  async #finish(
    device: Device,
    app: DeviceApp,
    order: InstallOrder,
    controller: AbortController,
    work: Promise<Outcome>,
  ): Promise<void> {
    const former = app.management;
    app.management = order.management;
    try {
      const { state, reason } = await work;
      if (state !== 'Managed') app.management = former;
      const unmanaged = state === 'Managed' && app.management === undefined;
      // macOS says nothing of what goes wrong after it has acknowledged.
      const silent = device.family === 'Mac' && state !== 'Managed';
      enterState(this.#environment, device, app, unmanaged || silent ? undefined : state, reason);
      app.work = undefined;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  #forget(device: Device, app: DeviceApp): void {
    app.stopWork();
    takeAway(device, app);
    app.management = undefined;
    enterState(this.#environment, device, app, undefined, 'removed by the management');
  }
}
