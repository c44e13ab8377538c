import { FieldError } from '../messages/plist-fields.ts';
import { PlistError } from '../messages/plist.ts';
import type { Identity } from '../messages/mdm-signature.ts';
import { Pkcs12Error } from '../messages/pkcs12.ts';
import type { Device, Enrollment, UserChannel } from '../device.ts';
import type { Person } from '../../core/world.ts';
import type { Environment } from '../environment.ts';
import { NoAnswerError, type MdmChannel } from '../mdm-channel.ts';
import type { Answer } from '../network.ts';
import { ScepError, obtainIdentity } from '../scep/scep-client.ts';
import { managedAccount } from '../store-account.ts';
import { authenticateMessage, checkOutMessage, tokenUpdateMessage } from './check-in-messages.ts';
import { readEnrollmentProfile, type EnrollmentProfile } from './enrollment-profile.ts';
import { unwrapProfile } from './profile-signature.ts';
import { UserChannels } from './user-channels.ts';

/** The device would not enroll; the message says what it would show the person. */
export class EnrollmentError extends Error {
  override readonly name = 'EnrollmentError';
}

interface CheckInResult {
  readonly accepted: boolean;
  /** Undefined: no answer came. */
  readonly status: number | undefined;
  readonly problem: string;
}

const PROFILE_TYPE = 'application/x-apple-aspen-config';
/** Pauses before a TokenUpdate is sent again, simulated ms. */
const TOKEN_UPDATE_PAUSES = [5_000, 15_000, 60_000, 300_000, 900_000];

/** Whom the enroller tells of what happens to a device. */
export interface EnrollerListener {
  /** A notification with the right magic has reached the device. */
  pushed(device: Device, user: UserChannel | undefined): void;
  /** The device is no longer managed. */
  ended(device: Device): void;
}

/** Brings devices into management and out of it. */
export class Enroller {
  readonly #environment: Environment;
  readonly #channel: MdmChannel;
  readonly #listener: EnrollerListener;
  readonly #users: UserChannels;

  constructor(environment: Environment, channel: MdmChannel, listener: EnrollerListener) {
    this.#environment = environment;
    this.#channel = channel;
    this.#listener = listener;
    this.#users = new UserChannels(environment, channel);
  }

  /**
   * Downloads an enrollment profile, checks it, and enrolls: Authenticate, then TokenUpdate.
   * @param url https
   * @throws EnrollmentError with the reason
   */
  async enroll(device: Device, url: string): Promise<void> {
    try {
      if (!device.traits.online) throw new EnrollmentError('The device is offline.');
      if (device.enrollment !== undefined)
        throw new EnrollmentError('The device is enrolled already; wipe it or remove its profile.');
      const enrollment = await this.#prepare(device, await this.#download(url));
      await this.#authenticate(device, enrollment);
      device.enrollment = enrollment;
      this.#registerToken(device, enrollment);
      if ((await this.#announceToken(device, enrollment)) === 'refused')
        throw new EnrollmentError('The server answers TokenUpdate 401: the device unenrolls.');
      await this.#openUserChannel(device, enrollment);
      this.#note(device, 'enrollment.done', { topic: enrollment.profile.topic });
    } catch (error) {
      if (error instanceof EnrollmentError)
        this.#note(device, 'enrollment.failed', { message: error.message });
      throw error;
    }
  }

  async #openUserChannel(device: Device, enrollment: Enrollment): Promise<void> {
    const user = await this.#users.open(device, enrollment);
    if (user === undefined || device.enrollment !== enrollment) return;
    enrollment.user = user;
    this.#listen(device, enrollment, user);
  }

  /** The push service gives the device a new token (a restore does), and the server hears of it. */
  async renewToken(device: Device, enrollment: Enrollment): Promise<void> {
    this.#environment.tokens.unregister(enrollment.pushToken);
    enrollment.pushToken = device.random.hex(64);
    enrollment.pushMagic = device.random.uuid().toUpperCase();
    this.#registerToken(device, enrollment);
    await this.#announceToken(device, enrollment);
  }

  /** The person removes the profile. @param lost the CheckOut message never reaches the server */
  async checkOut(device: Device, enrollment: Enrollment, lost: boolean): Promise<void> {
    this.end(device, 'profile removed');
    if (!enrollment.profile.checkOutWhenRemoved || lost || !device.traits.online) return;
    try {
      await this.#channel.checkIn(device, enrollment, checkOutMessage(device, enrollment));
      this.#note(device, 'enrollment.checked-out');
    } catch (error) {
      // One try, as on a real device.
      if (!(error instanceof NoAnswerError)) throw error;
      this.#note(device, 'enrollment.check-out-lost', { message: error.message });
    }
  }

  /** The device is no longer managed: its token is void, managed apps go or become the person's own. */
  end(device: Device, reason: string): void {
    const { enrollment } = device;
    if (enrollment === undefined) return;
    this.#environment.tokens.unregister(enrollment.pushToken);
    if (enrollment.user !== undefined)
      this.#environment.tokens.unregister(enrollment.user.pushToken);
    for (const talk of device.talks()) {
      talk.retry?.();
      talk.unsent = undefined;
      talk.endedWithNotNow = false;
    }
    device.enrollment = undefined;
    this.#listener.ended(device);
    this.#note(device, 'enrollment.ended', { reason });
  }

  async #download(url: string): Promise<EnrollmentProfile> {
    if (!url.startsWith('https://') || !URL.canParse(url))
      throw new EnrollmentError('url: devices enroll only at a URL that begins with https://.');
    const answer = await this.#get(url);
    if (answer.status !== 200)
      throw new EnrollmentError(`The profile's address answers ${answer.status}.`);
    if (answer.contentType.split(';')[0]?.trim() !== PROFILE_TYPE)
      throw new EnrollmentError(
        `The profile has the content type "${answer.contentType}" instead of ${PROFILE_TYPE}.`,
      );
    try {
      const xml = await unwrapProfile(answer.body);
      return readEnrollmentProfile(xml, this.#environment.clock.wallNow());
    } catch (error) {
      if (
        error instanceof FieldError ||
        error instanceof PlistError ||
        error instanceof Pkcs12Error
      )
        throw new EnrollmentError(`Invalid profile: ${error.message}`, { cause: error });
      throw error;
    }
  }

  async #get(url: string): Promise<Answer> {
    try {
      return await this.#environment.network.get(url);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EnrollmentError(`The profile cannot be downloaded: ${reason}`, { cause: error });
    }
  }

  async #prepare(device: Device, profile: EnrollmentProfile): Promise<Enrollment> {
    const workAccount = profile.userEnrollment ? this.#workAccount(device, profile) : undefined;
    return {
      profile,
      identity: await this.#identity(device, profile),
      enrollmentId: profile.userEnrollment ? device.random.uuid().toUpperCase() : undefined,
      workAccount,
      user: undefined,
      pushToken: device.random.hex(64),
      pushMagic: device.random.uuid().toUpperCase(),
      confirmed: false,
    };
  }

  /** User Enrollment begins with the person signing in with a Managed Apple Account. */
  #workAccount(device: Device, { assignedAccount }: EnrollmentProfile): Person {
    if (device.family === 'AppleTV')
      throw new EnrollmentError('EnrollmentMode BYOD: an Apple TV knows no User Enrollment.');
    const account = managedAccount(this.#environment, device);
    const wanted =
      assignedAccount === undefined
        ? account
        : this.#environment.licenses.personByAccount(assignedAccount);
    if (wanted?.managedBy === undefined)
      throw new EnrollmentError('User Enrollment needs a Managed Apple Account.');
    if (account !== undefined && account.personId !== wanted.personId)
      throw new EnrollmentError(
        'AssignedManagedAppleID: the person has another Managed Apple Account.',
      );
    return wanted;
  }

  async #identity(
    device: Device,
    { identitySource: source }: EnrollmentProfile,
  ): Promise<Identity> {
    if (source.kind === 'pkcs12') return source.identity;
    const { network, clock } = this.#environment;
    try {
      const identity = await obtainIdentity(network, clock, source.settings);
      this.#note(device, 'scep.certified', { url: source.settings.url });
      return identity;
    } catch (error) {
      if (!(error instanceof ScepError)) throw error;
      throw new EnrollmentError(error.message, { cause: error });
    }
  }

  async #authenticate(device: Device, enrollment: Enrollment): Promise<void> {
    const result = await this.#checkIn(device, enrollment, 'Authenticate');
    if (!result.accepted)
      throw new EnrollmentError(`The server does not accept Authenticate: ${result.problem}.`);
  }

  /** The profile is installed by now, so a TokenUpdate the server did not accept is sent again later. */
  async #announceToken(
    device: Device,
    enrollment: Enrollment,
    tries = 0,
  ): Promise<'accepted' | 'refused' | 'later'> {
    const result = await this.#checkIn(device, enrollment, 'TokenUpdate');
    if (result.accepted) {
      enrollment.confirmed = true;
      return 'accepted';
    }
    if (result.status === 401) {
      this.end(device, '401 to TokenUpdate');
      return 'refused';
    }
    const pause = TOKEN_UPDATE_PAUSES[tries];
    if (pause !== undefined)
      this.#environment.clock.after(pause, async () => {
        if (device.enrollment === enrollment)
          await this.#announceToken(device, enrollment, tries + 1);
      });
    return 'later';
  }

  async #checkIn(
    device: Device,
    enrollment: Enrollment,
    messageType: 'Authenticate' | 'TokenUpdate',
  ): Promise<CheckInResult> {
    const message =
      messageType === 'Authenticate'
        ? authenticateMessage(device, enrollment)
        : tokenUpdateMessage(device, enrollment);
    try {
      const { status } = await this.#channel.checkIn(device, enrollment, message);
      this.#note(device, 'check-in', { messageType, status });
      return { accepted: status >= 200 && status <= 299, status, problem: `it answers ${status}` };
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      this.#note(device, 'check-in', { messageType, problem: error.message });
      return { accepted: false, status: undefined, problem: error.message };
    }
  }

  #registerToken(device: Device, enrollment: Enrollment): void {
    this.#listen(device, enrollment, undefined);
  }

  #listen(device: Device, enrollment: Enrollment, user: UserChannel | undefined): void {
    const { profile } = enrollment;
    const { pushToken } = user ?? enrollment;
    // A device on the development service is unknown to the production one.
    if (profile.developmentPush) return;
    this.#environment.tokens.register(pushToken, profile.topic, {
      serialNumber: device.serialNumber,
      isOnline: () => device.traits.online,
      receive: (magic) => {
        if (device.enrollment !== enrollment) return;
        const right = magic === (user ?? enrollment).pushMagic;
        const kind = right ? 'push.received' : 'push.ignored';
        this.#note(device, kind);
        this.#environment.counters.add(kind, device.serialNumber);
        if (right) this.#listener.pushed(device, user);
      },
    });
  }

  #note(device: Device, kind: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#environment.journal.write(kind, { serialNumber: device.serialNumber, ...fields });
  }
}
