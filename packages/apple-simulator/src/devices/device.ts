import type { Cancel } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { Person } from '../core/world.ts';
import { DeviceApp } from './apps/device-app.ts';
import type { DeviceBook } from './books/device-book.ts';
import type { EnrollmentProfile } from './enrollment/enrollment-profile.ts';
import type { Identity } from './messages/mdm-signature.ts';
import type { Family, Traits } from './traits.ts';

/** A device's membership in one management server. */
export interface Enrollment {
  readonly profile: EnrollmentProfile;
  readonly identity: Identity;
  /** User Enrollment: stands for the device, which shows neither UDID nor serial number. */
  readonly enrollmentId: string | undefined;
  /** User Enrollment: the Managed Apple Account it was made with. */
  readonly workAccount: Person | undefined;
  /** The person's own channel, on Macs and shared iPads whose server wants one. */
  user: UserChannel | undefined;
  /** Lower-case hexadecimal. */
  pushToken: string;
  pushMagic: string;
  /** The server has accepted a TokenUpdate. */
  confirmed: boolean;
}

/** The channel of the person who is signed in on a device, beside the one of the device. */
export interface UserChannel {
  readonly userId: string;
  readonly shortName: string;
  /** Macs only. */
  readonly longName: string | undefined;
  readonly pushToken: string;
  readonly pushMagic: string;
  /** The server has accepted its TokenUpdate. */
  confirmed: boolean;
  readonly talk: Talk;
}

export type PromptKind = 'invite' | 'install' | 'account' | 'management' | 'update';

/** What a question on the screen is about. */
export interface PromptSubject {
  readonly bundleId?: string;
  readonly adamId: string | undefined;
  readonly promptsShown: Partial<Record<PromptKind, number>>;
}

/** A question on the screen. */
export interface OpenPrompt {
  readonly kind: PromptKind;
  readonly bundleId: string | undefined;
  /** Of the title, where the store knows it. */
  readonly adamId: string | undefined;
  /** The organization it names; undefined: the server has not said (Settings, OrganizationInfo). */
  readonly organization: string | undefined;
  answer(accepted: boolean): void;
}

/** What a device tells its server: that it is idle, or the result of a command. */
export interface Message {
  readonly status: string;
  readonly commandUuid: string | undefined;
  readonly body: Buffer;
}

/** What a device remembers about its talks with the server. */
export interface Talk {
  active: boolean;
  /** Somebody asked for another session meanwhile. */
  wanted: boolean;
  /** The last word of the last session was NotNow: the device comes back by itself once unlocked. */
  endedWithNotNow: boolean;
  /** A result the server has not accepted yet. */
  unsent: Message | undefined;
  failures: number;
  retry: Cancel | undefined;
}

/** A simulated device: state only. At rest it holds no timer and no socket. */
export class Device {
  readonly serialNumber: string;
  readonly udid: string;
  readonly family: Family;
  readonly random: Random;
  traits: Traits;
  enrollment: Enrollment | undefined;
  readonly apps = new Map<string, DeviceApp>();
  readonly books = new Map<string, DeviceBook>();
  readonly promptsShown = { invite: 0, install: 0, account: 0, management: 0, update: 0 };
  readonly openPrompts = new Set<OpenPrompt>();
  /** As the server set it (Settings, OrganizationInfo). */
  organizationName: string | undefined;
  talk: Talk = quiet();
  #life = new AbortController();
  #waitingForNetwork: (() => void)[] = [];

  constructor(family: Family, serialNumber: string, traits: Traits, random: Random) {
    this.family = family;
    this.serialNumber = serialNumber;
    this.traits = traits;
    this.random = random;
    this.udid = udidFor(family, random);
  }

  /** Ends when the device is wiped: whatever waits for its person is pointless then. */
  get life(): AbortSignal {
    return this.#life.signal;
  }

  /** The app with this bundle id, made if the device has never heard of it. */
  app(bundleId: string, adamId: string | undefined): DeviceApp {
    const known = this.apps.get(bundleId);
    if (known !== undefined) return known;
    const app = new DeviceApp(bundleId, adamId);
    this.apps.set(bundleId, app);
    return app;
  }

  /** Those of the device and of its person. */
  talks(): Talk[] {
    const { user } = this.enrollment ?? {};
    return user === undefined ? [this.talk] : [this.talk, user.talk];
  }

  /** Resolves once the device is online. */
  async reachable(): Promise<void> {
    while (!this.traits.online)
      await new Promise<void>((resolve) => this.#waitingForNetwork.push(resolve));
  }

  /** To be called when the device comes online. */
  resumeNetwork(): void {
    const waiting = this.#waitingForNetwork;
    this.#waitingForNetwork = [];
    for (const resume of waiting) resume();
  }

  /** Back to the factory: no enrollment, no apps, nothing under way. Traits and serial number stay. */
  erase(): void {
    this.#life.abort(new Error('The device was wiped.'));
    this.#life = new AbortController();
    for (const title of [...this.apps.values(), ...this.books.values()]) {
      title.stopWork();
      this.traits.freeBytes += title.installed?.sizeBytes ?? 0;
    }
    for (const talk of this.talks()) talk.retry?.();
    this.talk = quiet();
    this.enrollment = undefined;
    this.organizationName = undefined;
    this.apps.clear();
    this.books.clear();
    this.openPrompts.clear();
  }
}

/** A talk in which nothing has been said. */
export function quiet(): Talk {
  return {
    active: false,
    wanted: false,
    endedWithNotNow: false,
    unsent: undefined,
    failures: 0,
    retry: undefined,
  };
}

function udidFor(family: Family, random: Random): string {
  return family === 'Mac'
    ? random.uuid().toUpperCase()
    : `00008110-${random.hex(16).toUpperCase()}`;
}
