import { type Asset, readAssets } from './answers/assets.ts';
import { type Assignment, readAssignments } from './answers/assignments.ts';
import { type ClientConfig, readClientConfig } from './answers/client-config.ts';
import { type AssetReference, type LocationAnswer, readLocationAnswer } from './answers/common.ts';
import { type EventStatus, readEventStatus } from './answers/event-status.ts';
import { type Fields, requiredText } from './answers/read.ts';
import { readUsers, type User } from './answers/users.ts';
import type { MdmInfo } from './errors/errors.ts';
import { clientConfigPath, type LocationCalls, type OnPage } from './location-calls.ts';
import type { WalkResult } from './walk.ts';

/** `productType` is `App` or `Book`. */
export interface AssetFilter {
  readonly adamId?: string;
  readonly pricingParam?: string;
  readonly productType?: string;
}

export interface AssignmentFilter {
  readonly adamId?: string;
  readonly pricingParam?: string;
  readonly clientUserId?: string;
  readonly serialNumber?: string;
  /** From an earlier walk with the same filter: only what changed since. Removals are not promised to show. */
  readonly sinceVersionId?: string;
}

export interface UserFilter {
  readonly clientUserId?: string;
  /** From an earlier walk with the same filter: only what changed since. */
  readonly sinceVersionId?: string;
}

/** Every title for every person and device: the work is assets × targets. Cut to Apple's live limits by the caller. */
export interface LicenseChange {
  readonly assets: readonly AssetReference[];
  readonly clientUserIds?: readonly string[];
  readonly serialNumbers?: readonly string[];
}

export interface UserChange {
  /** Ours, unique, never changed, without personal data in it. */
  readonly clientUserId: string;
  readonly email?: string;
  readonly managedAppleId?: string;
}

/** What is set; what is left out stays as it is. */
export interface ClientConfigChange {
  readonly mdmInfo?: MdmInfo;
  /** Address and token go together. Apple calls the address during the call and refuses it when that fails (9728). */
  readonly notificationUrl?: string;
  readonly notificationAuthToken?: string;
  readonly notificationTypes?: readonly string[];
}

/** Accepted, not done: the event tells what becomes of it. */
export interface Accepted extends LocationAnswer {
  readonly eventId: string;
}

/**
 * One location at Apple, spoken to with one content token. Reads are repeated a few times by themselves; a write is
 * sent once (see `AppsAndBooksError` for what its failure tells), and not at all after the moment `sendBy`. Every method throws `AppsAndBooksError` and, when
 * aborted, the signal's reason.
 */
export class LocationClient {
  readonly #calls: LocationCalls;

  constructor(calls: LocationCalls) {
    this.#calls = calls;
  }

  /**
   * Name, country and current owner.
   * @see https://developer.apple.com/documentation/devicemanagement/client-configuration
   */
  async clientConfig(signal: AbortSignal): Promise<ClientConfig> {
    return this.#calls.get(clientConfigPath, {}, readClientConfig, signal);
  }

  /**
   * Claims the location, subscribes to notifications.
   * @see https://developer.apple.com/documentation/devicemanagement/client-configuration-a40i
   */
  async updateClientConfig(change: ClientConfigChange, signal: AbortSignal): Promise<ClientConfig> {
    return this.#calls.post(clientConfigPath, change, readClientConfig, signal, {
      bodySecret: change.notificationAuthToken,
    });
  }

  /**
   * All titles, unlimited ones included.
   * @see https://developer.apple.com/documentation/devicemanagement/get-assets-4a02f
   */
  async assets(
    filter: AssetFilter,
    onPage: OnPage<Asset>,
    signal: AbortSignal,
  ): Promise<WalkResult> {
    return this.#calls.walk('assets', { ...filter }, readAssets, onPage, signal);
  }

  /**
   * All assignments to people and devices.
   * @see https://developer.apple.com/documentation/devicemanagement/get-assignments-o3j
   */
  async assignments(
    filter: AssignmentFilter,
    onPage: OnPage<Assignment>,
    signal: AbortSignal,
  ): Promise<WalkResult> {
    return this.#calls.walk('assignments', { ...filter }, readAssignments, onPage, signal);
  }

  /**
   * All users. One clientUserId may come several times.
   * @see https://developer.apple.com/documentation/devicemanagement/get-users-56y4j
   */
  async users(filter: UserFilter, onPage: OnPage<User>, signal: AbortSignal): Promise<WalkResult> {
    return this.#calls.walk(
      'users',
      { ...filter },
      (fields) => readUsers(fields, 'users'),
      onPage,
      signal,
    );
  }

  /** @see https://developer.apple.com/documentation/devicemanagement/associate-assets */
  async associate(change: LicenseChange, signal: AbortSignal, sendBy?: Date): Promise<Accepted> {
    return this.#calls.post('assets/associate', change, readAccepted, signal, { sendBy });
  }

  /** @see https://developer.apple.com/documentation/devicemanagement/disassociate-assets */
  async disassociate(change: LicenseChange, signal: AbortSignal, sendBy?: Date): Promise<Accepted> {
    return this.#calls.post('assets/disassociate', change, readAccepted, signal, { sendBy });
  }

  /**
   * Takes back every revocable title of these people and devices, licenses that others assigned included.
   * @see https://developer.apple.com/documentation/devicemanagement/revoke-assets
   */
  async revoke(targets: Omit<LicenseChange, 'assets'>, signal: AbortSignal): Promise<Accepted> {
    return this.#calls.post('assets/revoke', targets, readAccepted, signal);
  }

  /** @see https://developer.apple.com/documentation/devicemanagement/create-users */
  async createUsers(
    users: readonly UserChange[],
    signal: AbortSignal,
    sendBy?: Date,
  ): Promise<Accepted> {
    return this.#calls.post('users/create', { users }, readAccepted, signal, { sendBy });
  }

  /** @see https://developer.apple.com/documentation/devicemanagement/update-users */
  async updateUsers(
    users: readonly UserChange[],
    signal: AbortSignal,
    sendBy?: Date,
  ): Promise<Accepted> {
    return this.#calls.post('users/update', { users }, readAccepted, signal, { sendBy });
  }

  /** @see https://developer.apple.com/documentation/devicemanagement/retire-users */
  async retireUsers(
    clientUserIds: readonly string[],
    signal: AbortSignal,
    sendBy?: Date,
  ): Promise<Accepted> {
    const users = clientUserIds.map((clientUserId) => ({ clientUserId }));
    return this.#calls.post('users/retire', { users }, readAccepted, signal, { sendBy });
  }

  /**
   * What became of a write.
   * @see https://developer.apple.com/documentation/devicemanagement/event-status
   */
  async eventStatus(eventId: string, signal: AbortSignal): Promise<EventStatus> {
    return this.#calls.get('status', { eventId }, readEventStatus, signal);
  }
}

function readAccepted(fields: Fields): Accepted {
  return { ...readLocationAnswer(fields), eventId: requiredText(fields, 'eventId') };
}
