import type { Random } from '../core/random.ts';
import type { World } from '../core/world.ts';
import type { PushTokens } from '../push/index.ts';
import { isUsable } from './apps/entitlement.ts';
import { Installer } from './apps/installer.ts';
import { Bookshelf } from './books/bookshelf.ts';
import type { BookName } from './books/device-book.ts';
import { deviceReport } from './device-report.ts';
import { Device, type Enrollment } from './device.ts';
import { Enroller, EnrollmentError } from './enrollment/enroller.ts';
import type { Environment } from './environment.ts';
import { MdmChannel } from './mdm-channel.ts';
import { Network } from './network.ts';
import { lookAtPrompts } from './person.ts';
import { Sessions } from './session.ts';
import { isBusy, traitsFor, type DeviceRequest, type TraitChanges } from './traits.ts';

/** Something was asked of a device that cannot be; the message names the field and the remedy. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly kind: 'unknown-device' | 'impossible';

  constructor(kind: FleetError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** How the enrollment of one device among many went. */
export interface EnrollmentOutcome {
  readonly serialNumber: string;
  readonly enrolled: boolean;
  /** Why not. */
  readonly problem?: string;
}

/** Devices that enroll at the same time. */
const ENROLLING_TOGETHER = 16;
/** Letters and digits that Apple's serial numbers use. */
const SERIAL_CHARACTERS = '0123456789CDFGHJKLMNPQRTVWXY'.split('');

/** All simulated devices and what can be done to them. */
export class Fleet implements AsyncDisposable {
  readonly #environment: Environment;
  readonly #random: Random;
  readonly #devices = new Map<string, Device>();
  readonly #installer: Installer;
  readonly #books: Bookshelf;
  readonly #enroller: Enroller;
  readonly #sessions: Sessions;

  constructor(world: World, tokens: PushTokens) {
    const environment = { ...world, network: new Network(world.trust, world.watch), tokens };
    const channel = new MdmChannel(environment);
    this.#environment = environment;
    this.#random = world.random.fork('devices');
    this.#installer = new Installer(environment);
    this.#books = new Bookshelf(environment);
    this.#enroller = new Enroller(environment, channel, {
      pushed: (device, user) => this.#sessions.request(device, 'push', user),
      ended: (device) => {
        this.#installer.endManagement(device);
        this.#books.endManagement(device);
      },
    });
    this.#sessions = new Sessions(
      environment,
      channel,
      this.#installer,
      this.#books,
      this.#enroller,
    );
  }

  /** @throws FleetError when a serial number is taken or a person is unknown; then none is made */
  create(requests: readonly DeviceRequest[]): Device[] {
    const devices = new Map<string, Device>();
    for (const request of requests) {
      const serialNumber = request.serialNumber ?? this.#freeSerialNumber(devices);
      if (this.#devices.has(serialNumber) || devices.has(serialNumber))
        throw new FleetError('impossible', `serialNumber: there is a device ${serialNumber}.`);
      this.#checkPerson(request.personId);
      this.#checkPerson(request.managedAccountId);
      const traits = traitsFor({ ...request, serialNumber });
      const random = this.#random.fork(serialNumber);
      const device = new Device(request.family, serialNumber, traits, random);
      for (const app of request.installedApps ?? [])
        this.#installer.placeOwnApp(device, app.bundleId, app.version);
      devices.set(serialNumber, device);
    }
    for (const device of devices.values()) {
      this.#devices.set(device.serialNumber, device);
      this.#note(device, 'device.created', { family: device.family });
    }
    return [...devices.values()];
  }

  /** @throws FleetError */
  device(serialNumber: string): Device {
    const device = this.#devices.get(serialNumber);
    if (device === undefined)
      throw new FleetError('unknown-device', `serialNumber: there is no device ${serialNumber}.`);
    return device;
  }

  all(): Device[] {
    return [...this.#devices.values()];
  }

  /** @param url of the enrollment profile @throws EnrollmentError */
  enroll(device: Device, url: string): Promise<void> {
    return this.#enroller.enroll(device, url);
  }

  /** Enrolls devices, some at a time. One that fails does not keep the others from it. */
  async enrollMany(
    enrollments: readonly { readonly serialNumber: string; readonly url: string }[],
  ): Promise<EnrollmentOutcome[]> {
    const wanted = enrollments.map(({ serialNumber, url }) => ({
      device: this.device(serialNumber),
      url,
    }));
    const outcomes: EnrollmentOutcome[] = [];
    const queue = wanted.entries();
    const worker = async (): Promise<void> => {
      for (const [position, { device, url }] of queue)
        outcomes[position] = await this.#tryEnroll(device, url);
    };
    await Promise.all(Array.from({ length: ENROLLING_TOGETHER }, worker));
    return outcomes;
  }

  /** Changes traits; what waited for the change goes on. @throws FleetError for an unknown person */
  change(device: Device, changes: TraitChanges): void {
    this.#checkPerson(changes.personId);
    this.#checkPerson(changes.managedAccountId);
    const before = device.traits;
    device.traits = { ...before, ...changes };
    this.#note(device, 'device.changed', { changes });
    const { online } = device.traits;
    if (!online) for (const talk of device.talks()) talk.retry?.();
    if (online && !before.online) this.#comeOnline(device);
    const freed = isBusy(before) && !isBusy(device.traits);
    for (const user of freed ? [undefined, device.enrollment?.user] : [])
      if ((user?.talk ?? device.talk).endedWithNotNow)
        this.#sessions.request(device, 'unlock', user);
    lookAtPrompts(this.#environment, device);
  }

  /** The device turns to its server, perhaps pretending to be another. @throws FleetError */
  async checkIn(
    device: Device,
    how: {
      readonly certificateOf?: string;
      readonly udid?: string;
      readonly channel?: 'device' | 'user';
    } = {},
  ): Promise<void> {
    const { user } = this.#enrollment(device);
    const { certificateOf, udid, channel } = how;
    if (channel === 'user' && user === undefined)
      throw new FleetError('impossible', 'channel: no person has a channel on this device.');
    const identity =
      certificateOf === undefined
        ? undefined
        : this.#enrollment(this.device(certificateOf)).identity;
    const person = channel === 'user' ? user : undefined;
    await this.#sessions.run(device, 'check-in', { identity, udid }, person);
  }

  /** @throws FleetError when the device is not enrolled */
  renewToken(device: Device): Promise<void> {
    return this.#enroller.renewToken(device, this.#enrollment(device));
  }

  /** @throws FleetError when the device is not enrolled */
  checkOut(device: Device, lost: boolean): Promise<void> {
    return this.#enroller.checkOut(device, this.#enrollment(device), lost);
  }

  /** Erases the device; the server hears nothing of it. */
  wipe(device: Device): void {
    this.#enroller.end(device, 'wiped');
    device.erase();
    this.#note(device, 'device.wiped');
  }

  /** The person opens an app. @throws FleetError when it is not there or has lost its license for too long */
  openApp(device: Device, bundleId: string): void {
    const app = device.apps.get(bundleId);
    if (app?.installed === undefined)
      throw new FleetError('impossible', `bundleId: ${bundleId} is not on the device.`);
    if (!isUsable(this.#environment, device, app))
      throw new FleetError('impossible', `bundleId: ${bundleId} is no longer available.`);
    this.#note(device, 'app.opened', { bundleId });
  }

  /** A device as the controls show it. */
  report(device: Device): object {
    return deviceReport(this.#environment, device);
  }

  /** The person deletes an app. @throws FleetError when that is impossible */
  removeApp(device: Device, bundleId: string): void {
    if (!this.#installer.removeByPerson(device, bundleId))
      throw new FleetError('impossible', `bundleId: ${bundleId} is not there or not removable.`);
  }

  /** The person deletes a book. @throws FleetError when it is not there */
  removeBook(device: Device, name: BookName): void {
    if (!this.#books.removeByPerson(device, name))
      throw new FleetError('impossible', 'The book is not on the device.');
  }

  /** The person installs an app from the store. @throws FleetError when the store does not know it */
  installApp(device: Device, bundleId: string): void {
    const title = this.#environment.catalog.titleByBundleId(bundleId);
    if (title === undefined)
      throw new FleetError('impossible', `bundleId: the store has no app ${bundleId}.`);
    this.#installer.installByPerson(device, title);
  }

  /** Breaks off all connections. */
  close(): Promise<void> {
    return this.#environment.network.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #tryEnroll(device: Device, url: string): Promise<EnrollmentOutcome> {
    const { serialNumber } = device;
    try {
      await this.#enroller.enroll(device, url);
      return { serialNumber, enrolled: true };
    } catch (error) {
      if (!(error instanceof EnrollmentError)) throw error;
      return { serialNumber, enrolled: false, problem: error.message };
    }
  }

  #comeOnline(device: Device): void {
    device.resumeNetwork();
    const { enrollment } = device;
    if (enrollment === undefined) return;
    const { tokens } = this.#environment;
    for (const user of enrollment.user === undefined ? [undefined] : [undefined, enrollment.user]) {
      tokens.deliverStored((user ?? enrollment).pushToken);
      const talk = user?.talk ?? device.talk;
      const waited = talk.endedWithNotNow && !isBusy(device.traits);
      if (talk.unsent !== undefined || talk.failures > 0 || waited)
        this.#sessions.request(device, 'retry', user);
    }
  }

  #enrollment(device: Device): Enrollment {
    if (device.enrollment === undefined)
      throw new FleetError('impossible', `serialNumber: ${device.serialNumber} is not enrolled.`);
    return device.enrollment;
  }

  #checkPerson(personId: string | null | undefined): void {
    if (typeof personId === 'string' && this.#environment.licenses.person(personId) === undefined)
      throw new FleetError('impossible', `personId: there is nobody with the id ${personId}.`);
  }

  #freeSerialNumber(taken: ReadonlyMap<string, Device>): string {
    for (;;) {
      const characters = Array.from({ length: 10 }, () => this.#random.pick(SERIAL_CHARACTERS));
      const serialNumber = characters.join('');
      if (!this.#devices.has(serialNumber) && !taken.has(serialNumber)) return serialNumber;
    }
  }

  #note(device: Device, kind: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#environment.journal.write(kind, { serialNumber: device.serialNumber, ...fields });
  }
}
