import { Type } from 'typebox';

import type { FaultPoint } from '../core/faults.ts';
import type { Device, Enrollment } from './device.ts';
import type { Environment } from './environment.ts';
import { mdmSignature, type Identity } from './messages/mdm-signature.ts';
import { buildPlist, type PlistInput } from './messages/plist.ts';
import type { Answer, Connection } from './network.ts';

const CHECK_IN_TYPE = 'application/x-apple-aspen-mdm-checkin';
const COMMAND_TYPE = 'application/x-apple-aspen-mdm; charset=UTF-8';

/** The message may or may not have arrived; no usable answer came back. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Sends a device's messages to its server, signed or over TLS with the device's identity. */
export class MdmChannel {
  readonly #environment: Environment;
  readonly #unreachable: FaultPoint<object>;
  readonly #answerLost: FaultPoint<object>;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#unreachable = environment.faults.define({
      kind: 'device.unreachable',
      describes: 'A message of a device does not reach the server.',
      settings: Type.Object({}),
      scope: ['serialNumber'],
    });
    this.#answerLost = environment.faults.define({
      kind: 'device.answer-lost',
      describes:
        "The server's answer does not reach the device, which then sends its message again.",
      settings: Type.Object({}),
      scope: ['serialNumber'],
    });
  }

  /** Opens a connection for an enrollment. @param identity default: the enrollment's own */
  open({ profile, identity: own }: Enrollment, identity: Identity = own): Connection {
    return this.#environment.network.open(profile.signMessage ? undefined : identity);
  }

  /** Sends one check-in message on a connection of its own. @throws NoAnswerError */
  async checkIn(device: Device, enrollment: Enrollment, message: PlistInput): Promise<Answer> {
    const connection = this.open(enrollment);
    try {
      const body = Buffer.from(buildPlist(message));
      const { identity, profile } = enrollment;
      return await this.#put(device, enrollment, connection, identity, {
        url: profile.checkInUrl,
        contentType: CHECK_IN_TYPE,
        body,
      });
    } finally {
      await connection.close();
    }
  }

  /** Sends a status or a result on the connection of a session. @throws NoAnswerError */
  report(
    device: Device,
    enrollment: Enrollment,
    connection: Connection,
    body: Buffer,
    identity: Identity = enrollment.identity,
  ): Promise<Answer> {
    const url = enrollment.profile.serverUrl;
    const message = { url, contentType: COMMAND_TYPE, body };
    return this.#put(device, enrollment, connection, identity, message);
  }

  async #put(
    { serialNumber, traits }: Device,
    { profile }: Enrollment,
    connection: Connection,
    identity: Identity,
    message: { readonly url: string; readonly contentType: string; readonly body: Buffer },
  ): Promise<Answer> {
    const { counters, clock } = this.#environment;
    if (!traits.online) throw new NoAnswerError('The device is offline.');
    if (this.#unreachable.strike({ serialNumber }) !== undefined)
      throw new NoAnswerError('The message was lost on its way.');
    const headers: Record<string, string> = { 'content-type': message.contentType };
    if (profile.signMessage)
      headers['mdm-signature'] = mdmSignature(message.body, identity, clock.wallNow());
    counters.add('device.messages', serialNumber);
    const answer = await send(connection, message.url, headers, message.body);
    if (this.#answerLost.strike({ serialNumber }) !== undefined)
      throw new NoAnswerError('The answer was lost on its way.');
    return answer;
  }
}

async function send(
  connection: Connection,
  url: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<Answer> {
  try {
    return await connection.put(url, headers, body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NoAnswerError(`${new URL(url).host}: ${reason}`, { cause: error });
  }
}
