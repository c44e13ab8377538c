import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange } from '@allotment/apple-simulator';
import { isDictionary, type PlistDictionary, readPlist } from '@allotment/device-management';
import {
  type AppleSystem,
  departures,
  readSchemas,
  type Schema,
  type SchemaKey,
  unknownTo,
} from '@allotment/device-management/schema';

/** How what went between devices and Allotment compares with Apple's own description of it. */
export interface TrafficReport {
  readonly checkins: number;
  readonly commands: number;
  /** Of whatever status, but for those to commands that were not seen. */
  readonly answers: number;
  /** Where it departs from the description: the first few, with the message they are of. */
  readonly departures: readonly string[];
}

const textKey = (key: string): SchemaKey => ({ key, type: '<string>' });

/**
 * Keys of every answer, which Apple describes for all commands together, outside its files.
 *
 * @see https://developer.apple.com/documentation/devicemanagement/implementing-device-management
 */
const answerKeys: readonly SchemaKey[] = [
  ...['CommandUUID', 'UDID', 'EnrollmentID', 'UserID'].map(textKey),
  { ...textKey('Status'), rangelist: ['Acknowledged', 'Error', 'CommandFormatError', 'NotNow'] },
  {
    key: 'ErrorChain',
    type: '<array>',
    subkeys: [
      {
        key: 'ErrorChainItem',
        type: '<dictionary>',
        subkeys: [
          { key: 'ErrorCode', type: '<integer>', presence: 'required' },
          { ...textKey('ErrorDomain'), presence: 'required' },
          textKey('LocalizedDescription'),
          textKey('USEnglishDescription'),
        ],
      },
    ],
  },
];

/** By the first letters of Apple's product names; what is no other's runs iOS. */
const systems: readonly (readonly [prefix: RegExp, system: AppleSystem])[] = [
  [/^(VirtualMac|i?Mac)/u, 'macOS'],
  [/^AppleTV/u, 'tvOS'],
  [/^RealityDevice/u, 'visionOS'],
];
const shownDepartures = 20;

/** Compares every message that devices and server exchange with Apple's schema files. */
export class Traffic {
  readonly #checkins: ReadonlyMap<string, Schema>;
  readonly #commands: ReadonlyMap<string, Schema>;
  /** What was asked for by each command, until the end: answers can come twice. */
  readonly #asked = new Map<string, string>();
  /** What each device runs, by what it calls itself. */
  readonly #systems = new Map<string, AppleSystem>();
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
    if (status === 200 && received.length > 0 && type === undefined)
      this.#command(received, this.#systems.get(nameOf(message)) ?? 'iOS');
  }

  report(): TrafficReport {
    return { ...this.#counts, departures: [...this.#departures].slice(0, shownDepartures) };
  }

  #checkin(type: string, message: PlistDictionary): void {
    this.#counts.checkins += 1;
    const { ProductName: product } = message;
    if (typeof product === 'string') this.#systems.set(nameOf(message), systemOf(product));
    const schema = this.#checkins.get(type);
    this.#note(type, schema && departures(message, schema.payloadkeys));
  }

  #command(body: Buffer, system: AppleSystem): void {
    const told = readPlist(body);
    if (!isDictionary(told) || !isDictionary(told['Command'])) return;
    const { Command: command, CommandUUID: id } = told;
    const type = command['RequestType'];
    if (typeof type !== 'string' || typeof id !== 'string') return;
    this.#counts.commands += 1;
    this.#asked.set(id, type);
    const schema = this.#commands.get(type);
    this.#note(
      type,
      schema && [
        ...departures(command, schema.payloadkeys, ['RequestType']),
        ...unknownTo(system, command, schema.payloadkeys),
        ...(schema.payload.supportedOS?.[system]?.introduced === 'n/a'
          ? [`does not exist on ${system}`]
          : []),
      ],
    );
  }

  /** What Apple calls required is left out by real devices, so only what is there is compared. */
  #answer(id: string, message: PlistDictionary): void {
    const type = this.#asked.get(id);
    if (type === undefined) return;
    this.#counts.answers += 1;
    const schema = this.#commands.get(type);
    const keys = [...answerKeys, ...(schema?.responsekeys ?? [])];
    const found = schema && eachSetting(message).flatMap((one) => departures(one, keys));
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

/** What a device calls itself. */
function nameOf({ UDID, EnrollmentID }: PlistDictionary): string {
  if (typeof UDID === 'string') return UDID;
  return typeof EnrollmentID === 'string' ? EnrollmentID : '';
}

function systemOf(product: string): AppleSystem {
  return systems.find(([prefix]) => prefix.test(product))?.[1] ?? 'iOS';
}

/** Apple's file describes the result of one setting; a device answers Settings with a list of such. */
function eachSetting(message: PlistDictionary): readonly PlistDictionary[] {
  const { Settings: results, ...rest } = message;
  return Array.isArray(results) ? results.map((Settings) => ({ ...rest, Settings })) : [message];
}
