import { quiet, type Device, type Enrollment, type UserChannel } from '../device.ts';
import type { Environment } from '../environment.ts';
import { NoAnswerError, type MdmChannel } from '../mdm-channel.ts';
import { PlistError, isDictionary, type PlistInput } from '../messages/plist.ts';
import { parsePlist } from '../messages/plist-reader.ts';
import type { Answer } from '../network.ts';
import { managedAccount, ownPerson } from '../store-account.ts';
import { isShared } from '../system.ts';
import { userAuthenticateMessage, userTokenUpdateMessage } from './check-in-messages.ts';

/** Apple: on a shared iPad, whoever it is: nobody is authenticated. */
const SHARED_USER_ID = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';

/** Opens the channels of people, where the device has one and the server wants them. */
export class UserChannels {
  readonly #environment: Environment;
  readonly #channel: MdmChannel;

  constructor(environment: Environment, channel: MdmChannel) {
    this.#environment = environment;
    this.#channel = channel;
  }

  /**
   * To be called once the device is enrolled. A Mac asks with UserAuthenticate whether its person is managed:
   * 410 says no, an empty DigestChallenge that no password is wanted.
   * @returns the channel once the server has accepted its token; undefined: there is none
   */
  async open(device: Device, enrollment: Enrollment): Promise<UserChannel | undefined> {
    const user = enrollment.profile.perUser ? this.#userOf(device) : undefined;
    if (user === undefined || !(await this.#isManaged(device, enrollment, user))) return undefined;
    const message = userTokenUpdateMessage(device, enrollment, user);
    const answer = await this.#send(device, enrollment, message);
    if (answer === undefined || !isSuccess(answer)) return undefined;
    user.confirmed = true;
    return user;
  }

  #userOf(device: Device): UserChannel | undefined {
    const { random } = device;
    const shared = isShared(device);
    if (!shared && device.family !== 'Mac') return undefined;
    const person = shared
      ? managedAccount(this.#environment, device)
      : ownPerson(this.#environment, device);
    if (person === undefined) return undefined;
    return {
      userId: shared ? SHARED_USER_ID : random.uuid().toUpperCase(),
      shortName: shared
        ? (person.appleAccount ?? person.name)
        : person.name.toLowerCase().replaceAll(/\W/gu, ''),
      longName: shared ? undefined : person.name,
      pushToken: random.hex(64),
      pushMagic: random.uuid().toUpperCase(),
      confirmed: false,
      talk: quiet(),
    };
  }

  async #isManaged(device: Device, enrollment: Enrollment, user: UserChannel): Promise<boolean> {
    if (device.family !== 'Mac' || enrollment.profile.userEnrollment) return true;
    const answer = await this.#send(device, enrollment, userAuthenticateMessage(device, user));
    if (answer === undefined || !isSuccess(answer)) return false;
    if (answer.body.length === 0) return true;
    return challengeIn(answer.body) === '';
  }

  async #send(
    device: Device,
    enrollment: Enrollment,
    message: Readonly<Record<string, PlistInput | undefined>>,
  ): Promise<Answer | undefined> {
    const { serialNumber } = device;
    const about = { serialNumber, messageType: message['MessageType'], channel: 'user' };
    try {
      const answer = await this.#channel.checkIn(device, enrollment, message);
      this.#environment.journal.write('check-in', { ...about, status: answer.status });
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      this.#environment.journal.write('check-in', { ...about, problem: error.message });
      return undefined;
    }
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status <= 299;
}

/** The DigestChallenge of an answer; undefined: it is no such answer. */
function challengeIn(body: Buffer): string | undefined {
  try {
    const answer = parsePlist(body.toString('utf8'));
    const challenge = isDictionary(answer) ? (answer['DigestChallenge'] ?? '') : undefined;
    return typeof challenge === 'string' ? challenge : undefined;
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
}
