import type { DeviceApp } from '../apps/device-app.ts';
import type { Installer } from '../apps/installer.ts';
import type { Bookshelf } from '../books/bookshelf.ts';
import type { Device, Enrollment, UserChannel } from '../device.ts';
import type { Environment } from '../environment.ts';
import type { PlistFields } from '../messages/plist-fields.ts';
import type { PlistInput } from '../messages/plist.ts';
import type { Family } from '../traits.ts';

/** What a command runs with. */
export interface CommandContext {
  readonly environment: Environment;
  readonly installer: Installer;
  readonly books: Bookshelf;
  readonly device: Device;
  readonly enrollment: Enrollment;
  /** The person on whose channel the command came; undefined: on that of the device. */
  readonly user: UserChannel | undefined;
}

/** The keys an answer has besides Status, CommandUUID and UDID. */
export type Response = Readonly<Record<string, PlistInput | undefined>>;

/** One kind of command a device understands. */
export interface CommandKind {
  readonly requestType: string;
  /** The access right it needs; undefined: none, or it decides per key. */
  readonly right: number | undefined;
  /** Devices that understand it on their own channel; default all. */
  readonly families?: readonly Family[];
  /** Devices that understand it on the channel of a person; default none. */
  readonly userFamilies?: readonly Family[];
  /** A shared iPad understands it only on the channel of a person. */
  readonly notForSharedDevice?: boolean;
  /** Devices that do not understand it in User Enrollment. */
  readonly notInUserEnrollment?: readonly Family[];
  /** A locked device, or one in Setup Assistant, answers NotNow. */
  readonly waitsForPerson?: boolean;
  /** An exception from that: it runs in Setup Assistant all the same. */
  runsInSetup?(device: Device): boolean;
  /**
   * @throws FieldError for a malformed command (CommandFormatError)
   * @throws CommandError for a failure (Error)
   */
  run(context: CommandContext, command: PlistFields): Response;
}

/** One link of an ErrorChain (Apple: Commands and Queries, ErrorChainItem). */
export interface ErrorLink {
  readonly domain: string;
  readonly code: number;
  readonly text: string;
}

/** The command failed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly chain: readonly ErrorLink[];
  readonly response: Response;

  /** @param chain outermost first @param response further keys of the answer */
  constructor(chain: readonly ErrorLink[], response: Response = {}) {
    super(chain[0]?.text ?? 'The command failed.');
    this.chain = chain;
    this.response = response;
  }
}

/** An error of the device's MDM client. */
export function mdmError(code: number, text: string): ErrorLink {
  return { domain: 'MCMDMErrorDomain', code, text };
}

/** An ErrorChain as it stands in an answer. */
export function errorChain(links: readonly ErrorLink[]): PlistInput {
  return links.map(({ domain, code, text }) => ({
    ErrorCode: code,
    ErrorDomain: domain,
    LocalizedDescription: text,
    USEnglishDescription: text,
  }));
}

/** The managed app, or the error devices give for one they do not manage. @throws CommandError */
export function managedApp(device: Device, bundleId: string): DeviceApp {
  const app = device.apps.get(bundleId);
  if (app?.management === undefined)
    throw new CommandError([mdmError(12029, `The app “${bundleId}” is not managed.`)]);
  return app;
}
