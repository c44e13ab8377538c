import { Type } from 'typebox';

import type { FaultPoint } from '../core/faults.ts';
import { answerCommand, readCommand, subjectOf, type Command } from './commands/answer-command.ts';
import type { Installer } from './apps/installer.ts';
import type { Bookshelf } from './books/bookshelf.ts';
import type { Device, Enrollment, Message, Talk, UserChannel } from './device.ts';
import { runDetached, type Environment } from './environment.ts';
import { idsOf, type Ids } from './enrollment/ids.ts';
import type { Enroller } from './enrollment/enroller.ts';
import { isBusy } from './traits.ts';
import { NoAnswerError, type MdmChannel } from './mdm-channel.ts';
import type { Identity } from './messages/mdm-signature.ts';
import { FieldError } from './messages/plist-fields.ts';
import { PlistError, buildPlist } from './messages/plist.ts';
import type { Answer, Connection } from './network.ts';

/** Why a device turns to its server. */
export type Trigger = 'push' | 'unlock' | 'retry' | 'check-in';

/** A device pretending to be another one: its certificate, or its UDID in the message. */
export interface Disguise {
  readonly identity?: Identity | undefined;
  readonly udid?: string | undefined;
}

/** What is said in one session, by whom and to whom. */
interface Conversation {
  readonly device: Device;
  readonly enrollment: Enrollment;
  /** The person on whose channel it is; undefined: on that of the device. */
  readonly user: UserChannel | undefined;
  readonly talk: Talk;
  readonly connection: Connection;
  readonly trigger: Trigger;
  readonly disguise: Disguise;
}

/** Pauses before a device tries again after a failure, simulated ms; after the last it waits for a push. */
const PAUSES = [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000];
/** How long a device thinks about a command, simulated ms. */
const THINKING_MS = { shortest: 20, longest: 250 };
/** A server that repeats a command after NotNow would go on for ever. */
const MOST_NOT_NOW = 20;

/** The devices' sessions with their servers (Apple: Sending MDM commands to a device). */
export class Sessions {
  readonly #environment: Environment;
  readonly #channel: MdmChannel;
  readonly #installer: Installer;
  readonly #books: Bookshelf;
  readonly #enroller: Enroller;
  readonly #slow: FaultPoint<{ delayMs: number }>;

  constructor(
    environment: Environment,
    channel: MdmChannel,
    installer: Installer,
    books: Bookshelf,
    enroller: Enroller,
  ) {
    this.#environment = environment;
    this.#channel = channel;
    this.#installer = installer;
    this.#books = books;
    this.#enroller = enroller;
    this.#slow = environment.faults.define({
      kind: 'device.slow',
      describes: 'A device takes this much longer over a command.',
      settings: Type.Object({
        delayMs: Type.Integer({ minimum: 0, default: 60_000, description: 'Simulated ms.' }),
      }),
      scope: ['serialNumber'],
    });
  }

  /** Lets the device turn to its server; nobody waits for the end of it. */
  request(device: Device, trigger: Trigger, user?: UserChannel): void {
    const session = this.run(device, trigger, {}, user);
    runDetached(this.#environment, `session of ${device.serialNumber}`, session);
  }

  /**
   * One session, from Idle (or a result left over) to the empty answer. While one is going on, another is
   * held after it instead.
   * @param user the person on whose channel it is; undefined: on that of the device
   */
  async run(
    device: Device,
    trigger: Trigger,
    disguise: Disguise = {},
    user?: UserChannel,
  ): Promise<void> {
    const { enrollment } = device;
    const talk = user?.talk ?? device.talk;
    if (enrollment === undefined || !device.traits.online) return;
    if (talk.active) {
      talk.wanted = true;
      return;
    }
    talk.active = true;
    talk.retry?.();
    talk.retry = undefined;
    talk.endedWithNotNow = false;
    const connection = this.#channel.open(enrollment, disguise.identity);
    try {
      await this.#converse({ device, enrollment, user, talk, connection, trigger, disguise });
    } finally {
      talk.active = false;
      await connection.close();
    }
    const unlockedMeanwhile = talk.endedWithNotNow && !isBusy(device.traits);
    if (!talk.wanted && !unlockedMeanwhile) return;
    talk.wanted = false;
    this.request(device, unlockedMeanwhile ? 'unlock' : 'push', user);
  }

  async #converse(conversation: Conversation): Promise<void> {
    const { device, enrollment, user, talk, connection, disguise } = conversation;
    const ids = idsOf(device, enrollment, user, disguise.udid);
    let message: Message = talk.unsent ?? idle(ids);
    let notNow = 0;
    for (;;) {
      const answer = await this.#send(device, enrollment, connection, message, disguise.identity);
      if (!current(device, enrollment, talk)) return;
      if (answer === undefined || answer.status < 200 || answer.status > 299) {
        this.#fail(conversation, answer?.status);
        return;
      }
      talk.failures = 0;
      talk.unsent = undefined;
      const command = this.#command(device, answer.body);
      if (command === undefined) {
        talk.endedWithNotNow = message.status === 'NotNow';
        return;
      }
      await this.#think(device);
      if (!current(device, enrollment, talk)) return;
      message = this.#execute(conversation, command);
      talk.unsent = message;
      if (!device.traits.online) return;
      if (message.status === 'NotNow' && ++notNow > MOST_NOT_NOW) {
        this.#note(device, 'session.endless', { commandUuid: command.uuid });
        this.#environment.counters.add('session.endless', device.serialNumber);
        talk.unsent = undefined;
        return;
      }
    }
  }

  async #send(
    device: Device,
    enrollment: Enrollment,
    connection: Connection,
    message: Message,
    identity: Identity | undefined,
  ): Promise<Answer | undefined> {
    const { status, commandUuid, body } = message;
    try {
      const answer = await this.#channel.report(device, enrollment, connection, body, identity);
      this.#note(device, 'command.answered', { commandUuid, status, httpStatus: answer.status });
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (this.#environment.network.closed) return undefined;
      const problem = error.message;
      this.#note(device, 'command.answered', { commandUuid, status, problem });
      return undefined;
    }
  }

  /** The command in a server's answer; undefined when there is none left. */
  #command(device: Device, body: Buffer): Command | undefined {
    if (body.length === 0) return undefined;
    try {
      return readCommand(body);
    } catch (error) {
      if (!(error instanceof FieldError || error instanceof PlistError)) throw error;
      this.#environment.counters.add('command.unreadable', device.serialNumber);
      this.#note(device, 'command.unreadable', { problem: error.message });
      return undefined;
    }
  }

  #execute({ device, enrollment, user }: Conversation, command: Command): Message {
    const { uuid: commandUuid, requestType } = command;
    this.#environment.counters.add(`command.${requestType ?? 'malformed'}`, device.serialNumber);
    const context = {
      environment: this.#environment,
      installer: this.#installer,
      books: this.#books,
      device,
      enrollment,
      user,
    };
    const result = answerCommand(context, command);
    const { status, response, body } = result;
    const { adamId, bundleId } = subjectOf(command);
    const about = { requestType, adamId, bundleId };
    this.#note(device, 'command.received', { commandUuid, ...about, status, response });
    return { status, commandUuid, body };
  }

  #think({ random, serialNumber }: Device): Promise<void> {
    const { shortest, longest } = THINKING_MS;
    const more = this.#slow.strike({ serialNumber })?.delayMs ?? 0;
    return this.#environment.clock.wait(random.integer(shortest, longest) + more);
  }

  #fail(
    { device, enrollment, user, talk, trigger }: Conversation,
    status: number | undefined,
  ): void {
    if (status === 401) {
      this.#enroller.end(device, '401');
      return;
    }
    if (this.#environment.network.closed) return;
    const pause = PAUSES[talk.failures++];
    this.#note(device, 'session.failed', { trigger, status, pause });
    if (pause === undefined) {
      talk.failures = 0;
      return;
    }
    talk.retry = this.#environment.clock.after(pause, () => {
      if (current(device, enrollment, talk)) this.request(device, 'retry', user);
    });
  }

  #note(device: Device, kind: string, fields: Readonly<Record<string, unknown>>): void {
    this.#environment.journal.write(kind, { serialNumber: device.serialNumber, ...fields });
  }
}

function idle(ids: Ids): Message {
  const body = Buffer.from(buildPlist({ ...ids, Status: 'Idle' }));
  return { status: 'Idle', commandUuid: undefined, body };
}

/** False once the device was wiped or has left this management. */
function current(device: Device, enrollment: Enrollment, talk: Talk): boolean {
  return device.enrollment === enrollment && device.talks().includes(talk);
}
