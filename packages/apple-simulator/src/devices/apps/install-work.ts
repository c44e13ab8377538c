import type { StoreTitle } from '../../core/world.ts';
import type { Device, PromptKind } from '../device.ts';
import type { Environment } from '../environment.ts';
import { ask } from '../person.ts';
import { isSignedOut } from '../store-account.ts';
import { enterState, placeApp } from './app-changes.ts';
import type { Undertaking } from './assess-install.ts';
import type { DeviceApp, Management, ManagedState } from './device-app.ts';
import { findEntitlement } from './entitlement.ts';

/** What InstallApplication asks for, once read. */
export interface InstallOrder {
  readonly title: StoreTitle;
  /** PurchaseMethod 1: runs on a license of the organization. */
  readonly licensed: boolean;
  /** The command came on the channel of a person. */
  readonly forUser: boolean;
  /** The command says that the title is an iOS app for a Mac. */
  readonly iosApp: boolean;
  /** ChangeManagementState "Managed". */
  readonly takeOver: boolean;
  /** Undefined: installed, but not managed (macOS without InstallAsManaged). */
  readonly management: Management | undefined;
}

/** How an undertaking ended. */
export interface Outcome {
  readonly state: ManagedState;
  readonly reason?: string;
}

interface Question {
  readonly prompt: PromptKind;
  readonly asking: ManagedState;
  readonly refused: ManagedState;
}

/** Simulated ms. */
const QUEUEING_MS = { shortest: 1_000, longest: 5_000 };
const INSTALLING_MS = { shortest: 3_000, longest: 60_000 };
const BYTES_PER_MS = 10_000;

const CONSENT: Readonly<Record<Undertaking['kind'], Question>> = {
  install: { prompt: 'install', asking: 'Prompting', refused: 'UserRejected' },
  update: { prompt: 'update', asking: 'PromptingForUpdate', refused: 'UpdateRejected' },
  'take-over': {
    prompt: 'management',
    asking: 'PromptingForManagement',
    refused: 'ManagementRejected',
  },
};

/** One app being installed, updated or taken over on one device, step by step on the clock. */
export class InstallWork {
  readonly #environment: Environment;
  readonly #device: Device;
  readonly #app: DeviceApp;
  readonly #order: InstallOrder;
  readonly #signal: AbortSignal;

  constructor(
    environment: Environment,
    device: Device,
    app: DeviceApp,
    order: InstallOrder,
    signal: AbortSignal,
  ) {
    this.#environment = environment;
    this.#device = device;
    this.#app = app;
    this.#order = order;
    this.#signal = signal;
  }

  /** @throws the signal's reason when broken off */
  async carryOut({ kind, entitlement, asks }: Undertaking): Promise<Outcome> {
    await this.#queue();
    const questions = [
      ...(asks ? [CONSENT[kind]] : []),
      ...(entitlement !== 'device' && this.#asksForAccount(kind) ? [signIn(kind)] : []),
    ];
    for (const question of questions) {
      if (!(await this.#agreed(question))) return { state: question.refused };
    }
    await this.#reachable();
    const { title, licensed, forUser } = this.#order;
    const found = findEntitlement(this.#environment, this.#device, title, licensed, forUser);
    if (found === undefined) return { state: 'Failed', reason: 'no license' };
    const growth = title.sizeBytes - (this.#app.installed?.sizeBytes ?? 0);
    if (growth > this.#device.traits.freeBytes)
      return { state: 'Failed', reason: 'storage is full' };
    if (kind !== 'take-over') await this.#download(kind === 'update' ? 'Updating' : 'Installing');
    placeApp(this.#environment, this.#device, this.#app, title, found);
    return { state: 'Managed' };
  }

  /** A license that was missing from the start shows only now. */
  async failForLicense(): Promise<Outcome> {
    await this.#queue();
    return { state: 'Failed', reason: 'no license' };
  }

  #queue(): Promise<void> {
    this.#enter('Queued');
    const { shortest, longest } = QUEUEING_MS;
    const delay = this.#device.random.integer(shortest, longest);
    return this.#environment.clock.wait(delay, this.#signal);
  }

  /** Acquiring a title takes the account's password; what follows only that somebody is signed in. */
  #asksForAccount(kind: Undertaking['kind']): boolean {
    // In User Enrollment the account came with the enrollment.
    if (this.#device.enrollment?.workAccount !== undefined) return false;
    return kind === 'install' || isSignedOut(this.#device);
  }

  async #agreed({ prompt, asking }: Question): Promise<boolean> {
    this.#enter(asking);
    return ask(this.#environment, this.#device, prompt, this.#app, this.#signal);
  }

  async #download(state: ManagedState): Promise<void> {
    this.#enter(state);
    const { shortest, longest } = INSTALLING_MS;
    const duration =
      this.#device.random.integer(1_000, 4_000) + this.#order.title.sizeBytes / BYTES_PER_MS;
    const delay = Math.min(longest, Math.max(shortest, duration));
    await this.#environment.clock.wait(delay, this.#signal);
    await this.#reachable();
  }

  async #reachable(): Promise<void> {
    await this.#device.reachable();
    this.#signal.throwIfAborted();
  }

  #enter(state: ManagedState): void {
    enterState(this.#environment, this.#device, this.#app, state);
  }
}

function signIn(kind: Undertaking['kind']): Question {
  return kind === 'update'
    ? { prompt: 'account', asking: 'PromptingForUpdateLogin', refused: 'UpdateRejected' }
    : { prompt: 'account', asking: 'PromptingForLogin', refused: 'UserRejected' };
}
