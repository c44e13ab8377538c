import { vi } from 'vitest';

import { createCore } from '../../../src/core/core.ts';
import type { LicenseQuery, Person, StoreTitle, World } from '../../../src/core/world.ts';
import type { Device } from '../../../src/devices/device.ts';
import { Fleet } from '../../../src/devices/index.ts';
import type { DeviceRequest } from '../../../src/devices/traits.ts';
import { startPushService, type PushService } from '../../../src/push/index.ts';
import { MdmServer, type Dictionary } from './mdm-server.ts';
import { ELLIPTIC, LEGACY, OpenSsl, type Certified } from './openssl.ts';
import { PROFILE_TYPE, profileParts, profileXml, type ProfileParts } from './profile.ts';

export const SAM: Person = {
  personId: 'person-1',
  name: 'Sam',
  appleAccount: 'sam@example.org',
  idHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
};

/** Sam at work. */
export const SAM_AT_WORK: Person = {
  personId: 'person-2',
  name: 'Sam at work',
  appleAccount: 'sam@work.example.org',
  idHash: 'BBBBBBBBBBBBBBBBBBBBBBBBBBB=',
  managedBy: 'Example',
};

const PEOPLE = [SAM, SAM_AT_WORK];

export const APP: StoreTitle = {
  adamId: '900100001',
  name: 'Example',
  bundleId: 'org.example.app',
  kind: 'app',
  version: ' 4.2',
  externalVersionId: 860000001,
  minimumOsVersion: '16.0',
  families: ['iphone', 'ipad'],
  absentIn: [],
  sizeBytes: 50_000_000,
};

/** Answers of the license service that tests set directly. */
export class Licenses {
  /** `adamId:serialNumber` or `adamId:idHash`. */
  readonly held = new Set<string>();
  /** When a license was taken back, by the same keys. */
  readonly lost = new Map<string, number>();
  readonly asked: LicenseQuery[] = [];
  readonly accepted: string[] = [];

  licenseFor(query: LicenseQuery): { kind: 'device' | 'user' } | undefined {
    this.asked.push(query);
    if (this.held.has(`${query.adamId}:${query.serialNumber}`)) return { kind: 'device' };
    return this.held.has(`${query.adamId}:${query.idHash}`) ? { kind: 'user' } : undefined;
  }

  lostAt({ adamId, serialNumber, idHash }: LicenseQuery): number | undefined {
    return this.lost.get(`${adamId}:${serialNumber}`) ?? this.lost.get(`${adamId}:${idHash}`);
  }

  person(personId: string): Person | undefined {
    return PEOPLE.find((person) => person.personId === personId);
  }

  personByAccount(appleAccount: string): Person | undefined {
    return PEOPLE.find((person) => person.appleAccount === appleAccount);
  }

  acceptInvitation(inviteCode: string, person: Person): Promise<boolean> {
    this.accepted.push(`${inviteCode} by ${person.personId}`);
    return Promise.resolve(true);
  }
}

/** A server, a push service and a fleet that trust each other. */
export class FleetWorld implements AsyncDisposable {
  readonly titles = new Map([[APP.adamId, APP]]);
  readonly licenses = new Licenses();
  readonly openSsl: OpenSsl;
  readonly authority: Certified;
  readonly identity: Certified;
  readonly parts: ProfileParts;
  readonly world: World;
  readonly server: MdmServer;
  readonly push: PushService;
  readonly fleet: Fleet;

  private constructor(
    openSsl: OpenSsl,
    authority: Certified,
    identity: Certified,
    world: World,
    server: MdmServer,
    push: PushService,
  ) {
    this.openSsl = openSsl;
    this.authority = authority;
    this.identity = identity;
    this.parts = profileParts(server.url, openSsl.pkcs12(identity, [...LEGACY, '-iter', '1']));
    this.world = {
      ...world,
      licenses: this.licenses,
      catalog: {
        title: (adamId) => this.titles.get(adamId),
        titleByBundleId: (bundleId) =>
          [...this.titles.values()].find((title) => title.bundleId === bundleId),
      },
    };
    this.server = server;
    this.push = push;
    this.fleet = new Fleet(this.world, push.tokens);
  }

  /** @param speed default 0: every delay is skipped */
  static async start(speed = 0): Promise<FleetWorld> {
    const openSsl = new OpenSsl();
    const authority = openSsl.authority();
    const tls = openSsl.certify(
      authority,
      '/CN=localhost',
      'subjectAltName=DNS:localhost',
      ELLIPTIC,
    );
    const identity = openSsl.certify(authority, '/CN=device identity');
    const core = createCore({ speed, trust: authority.certificate });
    const nothing = {
      licenses: new Licenses(),
      catalog: { title: () => undefined, titleByBundleId: () => undefined },
    };
    const server = await MdmServer.start(tls, authority.certificate);
    const push = await startPushService(core);
    return new FleetWorld(openSsl, authority, identity, { ...core, ...nothing }, server, push);
  }

  /** Forgets what earlier tests set and saw. */
  reset(): void {
    this.server.clear();
    this.licenses.held.clear();
    this.licenses.lost.clear();
    this.licenses.asked.length = 0;
    this.licenses.accepted.length = 0;
    this.titles.clear();
    this.titles.set(APP.adamId, APP);
  }

  /** Sam holds a user license for APP. */
  giveUserLicense(): void {
    this.licenses.held.add(`${APP.adamId}:${SAM.idHash}`);
  }

  /** Serves a profile. @returns its URL */
  serve(parts: ProfileParts = this.parts): string {
    return this.serveBody(profileXml(parts));
  }

  serveBody(body: string | Buffer, type = PROFILE_TYPE): string {
    const path = `/profile/${this.server.profiles.size}`;
    this.server.profiles.set(path, { type, body });
    return `${this.server.url}${path}`;
  }

  create(request: Partial<DeviceRequest> = {}): Device {
    const [device] = this.fleet.create([{ family: 'iPhone', ...request }]);
    if (device === undefined) throw new Error('No device was made.');
    return device;
  }

  /** A device that is enrolled, with a device license for APP unless told otherwise. */
  async enrolled(request: Partial<DeviceRequest> = {}, licensed = true): Promise<Device> {
    const device = this.create(request);
    if (licensed) this.licenses.held.add(`${APP.adamId}:${device.serialNumber}`);
    await this.fleet.enroll(device, this.serve());
    return device;
  }

  /** Queues a command, lets the device turn to the server, and gives its first result. */
  async run(device: Device, command: Dictionary): Promise<Dictionary> {
    const uuid = this.server.enqueue(command);
    await this.fleet.checkIn(device);
    const [result] = this.server.results(uuid);
    if (result === undefined) throw new Error('The device gave no result.');
    return result;
  }

  install(device: Device, more: Dictionary = {}): Promise<Dictionary> {
    return this.run(device, installCommand(more));
  }

  /** The status of APP as ManagedApplicationList tells it; undefined: not listed. */
  async status(device: Device): Promise<unknown> {
    const result = await this.run(device, { RequestType: 'ManagedApplicationList' });
    const list = result['ManagedApplicationList'] as Record<string, Dictionary>;
    return list[APP.bundleId]?.['Status'];
  }

  /** Waits until APP has reached a state on the device. */
  async reaches(device: Device, state: string | undefined): Promise<void> {
    await vi.waitFor(() => {
      const now = device.apps.get(APP.bundleId)?.state;
      if (now !== state) throw new Error(`The app is ${now}, not ${state}.`);
    });
  }

  /** The states APP went through on the device. */
  states(device: Device): unknown[] {
    return this.world.journal
      .entries('app.state')
      .filter(({ serialNumber }) => serialNumber === device.serialNumber)
      .map(({ state }) => state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.world.clock.close();
    await this.fleet.close();
    await this.push.close();
    await this.server[Symbol.asyncDispose]();
    this.openSsl[Symbol.dispose]();
  }
}

/** InstallApplication for APP on a license of the organization. */
export function installCommand(more: Dictionary = {}): Dictionary {
  return {
    RequestType: 'InstallApplication',
    iTunesStoreID: Number(APP.adamId),
    Options: { PurchaseMethod: 1 },
    ManagementFlags: 1,
    ...more,
  };
}
