import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange } from '@allotment/apple-simulator';
import { isDictionary, type PlistDictionary, readPlist } from '@allotment/device-management';
import { departures, readSchemas, type Schema } from '@allotment/device-management/schema';

/** How what went between devices and Allotment compares with Apple's own description of it. */
export interface TrafficReport {
  readonly checkins: number;
  readonly commands: number;
  readonly answers: number;
  /** Where it departs from the description: the first few, with the message they are of. */
  readonly departures: readonly string[];
}

/** Keys of every answer, which Apple describes for all commands together. */
const answerKeys = ['Status', 'CommandUUID', 'UDID', 'ErrorChain', 'EnrollmentID', 'UserID'];
const shownDepartures = 20;

/** Compares every message that devices and server exchange with Apple's schema files. */
export class Traffic {
  readonly #checkins: ReadonlyMap<string, Schema>;
  readonly #commands: ReadonlyMap<string, Schema>;
  /** What was asked for by each command, until the end: answers can come twice. */
  readonly #asked = new Map<string, string>();
  readonly #departures = new Set<string>();
  readonly #counts = { checkins: 0, commands: 0, answers: 0 };

  private constructor(folder: string) {
    this.#checkins = readSchemas(join(folder, 'checkin'));
    this.#commands = readSchemas(join(folder, 'commands'));
  }

  /** @returns undefined where Apple's files are not there */
  static open(folder: string): Traffic | undefined {
    const mdm = join(folder, 'mdm');
    return existsSync(mdm) ? new Traffic(mdm) : undefined;
  }

  /** Looks at one message of a device and its answer. */
  watch({ sent, received, status }: Exchange): void {
    const message = readPlist(sent);
    if (!isDictionary(message)) return;
    const { MessageType: type, CommandUUID: id } = message;
    if (typeof type === 'string') this.#checkin(type, message);
    else if (typeof id === 'string') this.#answer(id, message);
    if (status === 200 && received.length > 0 && type === undefined) this.#command(received);
  }

  report(): TrafficReport {
    return { ...this.#counts, departures: [...this.#departures].slice(0, shownDepartures) };
  }

  #checkin(type: string, message: PlistDictionary): void {
    this.#counts.checkins += 1;
    const schema = this.#checkins.get(type);
    this.#note(type, schema && departures(message, schema.payloadkeys));
  }

  #command(body: Buffer): void {
    const told = readPlist(body);
    if (!isDictionary(told) || !isDictionary(told['Command'])) return;
    const { Command: command, CommandUUID: id } = told;
    const type = command['RequestType'];
    if (typeof type !== 'string' || typeof id !== 'string') return;
    this.#counts.commands += 1;
    this.#asked.set(id, type);
    const schema = this.#commands.get(type);
    this.#note(type, schema && departures(command, schema.payloadkeys, ['RequestType']));
  }

  /** What Apple calls required is left out by real devices, so only what is there is compared. */
  #answer(id: string, message: PlistDictionary): void {
    this.#counts.answers += 1;
    const type = this.#asked.get(id);
    if (type === undefined || message['Status'] !== 'Acknowledged') return;
    const schema = this.#commands.get(type);
    const found =
      schema &&
      eachSetting(message).flatMap((one) => departures(one, schema.responsekeys ?? [], answerKeys));
    this.#note(
      `answer to ${type}`,
      found?.filter((departure) => !departure.endsWith(' is missing')),
    );
  }

  /** @param found undefined: Apple describes no such message */
  #note(name: string, found: readonly string[] | undefined): void {
    if (found === undefined) this.#departures.add(`${name}: Apple describes no such message`);
    else for (const departure of found) this.#departures.add(`${name}: ${departure}`);
  }
}

/** Apple's file describes the result of one setting; a device answers Settings with a list of such. */
function eachSetting(message: PlistDictionary): readonly PlistDictionary[] {
  const { Settings: results, ...rest } = message;
  return Array.isArray(results) ? results.map((Settings) => ({ ...rest, Settings })) : [message];
}
