import type { ReasonCode } from './reasons.ts';

/** One link of Apple's chain of errors. */
export interface AppleError {
  readonly code?: number | undefined;
  readonly domain?: string | undefined;
  readonly description?: string | undefined;
  readonly englishDescription?: string | undefined;
}

/** Apple's own words and numbers about one app, as the device gave them. */
export interface Answer {
  readonly status?: string | null;
  readonly appleState?: string | null;
  readonly rejectionReason?: string | null;
  readonly errorChain?: readonly AppleError[];
}

/** With growing pauses; once a day, where the person or the state of the device has to change; or not by itself. */
type Retry = 'growing' | 'daily' | 'never';

/** What an answer of the device means. */
export type Verdict = { readonly detail?: Answer | undefined } & (
  | { readonly kind: 'installed'; readonly appleState: string }
  | { readonly kind: 'moving'; readonly appleState: string; readonly reason: ReasonCode }
  /** The person installed it: it can be taken over. */
  | { readonly kind: 'alreadyThere' }
  | {
      readonly kind: 'failed';
      readonly reason: ReasonCode;
      readonly retry: Retry;
      readonly errorCode?: number;
    }
  | { readonly kind: 'notApplicable'; readonly reason: ReasonCode }
);

const moving =
  (reason: ReasonCode) =>
  (appleState: string): Verdict => ({ kind: 'moving', appleState, reason });
const failed =
  (reason: ReasonCode, retry: Retry) =>
  (appleState: string): Verdict => ({ kind: 'failed', reason, retry, detail: { appleState } });

/** Apple's states of a managed app. @see InstallApplicationResponse.State */
const states = new Map<string, (appleState: string) => Verdict>([
  ['Managed', (appleState) => ({ kind: 'installed', appleState })],
  ['Queued', moving('installing')],
  ['Redeeming', moving('installing')],
  ['ValidatingPurchase', moving('installing')],
  ['Installing', moving('installing')],
  ['ValidatingUpdate', moving('installing')],
  ['Updating', moving('installing')],
  ['Prompting', moving('waitingForPerson')],
  ['PromptingForUpdate', moving('waitingForUpdate')],
  ['PromptingForManagement', moving('waitingForTakeOver')],
  ['PromptingForLogin', moving('signInNeeded')],
  ['PromptingForUpdateLogin', moving('signInNeeded')],
  ['NeedsRedemption', failed('needsRedemption', 'growing')],
  ['Failed', failed('installFailed', 'growing')],
  ['ManagedButUninstalled', failed('removedByPerson', 'growing')],
  ['UserRejected', failed('userRejected', 'daily')],
  ['UpdateRejected', failed('updateRejected', 'daily')],
  ['ManagementRejected', failed('managementRejected', 'daily')],
  ['UserInstalledApp', (appleState) => ({ kind: 'alreadyThere', detail: { appleState } })],
]);

/** States this program does not know count as movement: the device is asked again. */
export function verdictOnState(appleState: string): Verdict {
  return (states.get(appleState) ?? moving('installing'))(appleState);
}

/** Why the device took the command and still does not install. @see InstallApplicationResponse.RejectionReason */
const rejections = new Map<string, Verdict>([
  ['AppAlreadyInstalled', { kind: 'alreadyThere' }],
  ['AppAlreadyQueued', { kind: 'moving', appleState: 'Queued', reason: 'installing' }],
  ['AppStoreDisabled', { kind: 'failed', reason: 'storeDisabled', retry: 'growing' }],
  ['CouldNotVerifyAppID', { kind: 'failed', reason: 'appNotFound', retry: 'growing' }],
  ['ManagementChangeNotSupported', { kind: 'failed', reason: 'takeOverFailed', retry: 'daily' }],
  ['NotAnApp', { kind: 'failed', reason: 'notAnApp', retry: 'never' }],
  ['NotSupported', { kind: 'notApplicable', reason: 'notSupported' }],
  ['Other', { kind: 'failed', reason: 'installFailed', retry: 'growing' }],
  ['PurchaseMethodNotSupported', { kind: 'failed', reason: 'licenseNotFound', retry: 'growing' }],
  [
    'PurchaseMethodNotSupportedInMultiUser',
    { kind: 'failed', reason: 'multiUser', retry: 'never' },
  ],
]);

/** Numbers seen in error chains, whatever their domain; they differ by OS and are hints only. */
const errorNumbers = new Map<number, Verdict>([
  [9610, { kind: 'failed', reason: 'licenseNotFound', retry: 'growing' }],
  [12064, { kind: 'failed', reason: 'licenseNotFound', retry: 'growing' }],
  [2605, { kind: 'failed', reason: 'licenseNotFound', retry: 'growing' }],
  [12047, { kind: 'failed', reason: 'licenseNotFound', retry: 'growing' }],
  [506, { kind: 'moving', appleState: 'Queued', reason: 'installing' }],
  [12026, { kind: 'moving', appleState: 'Queued', reason: 'installing' }],
  [1407, { kind: 'moving', appleState: 'Prompting', reason: 'waitingForPerson' }],
  [12025, { kind: 'alreadyThere' }],
  [12023, { kind: 'failed', reason: 'appNotFound', retry: 'growing' }],
  [12027, { kind: 'failed', reason: 'notAnApp', retry: 'never' }],
  [12031, { kind: 'failed', reason: 'storeDisabled', retry: 'growing' }],
  [12035, { kind: 'failed', reason: 'notForSale', retry: 'growing' }],
  [12040, { kind: 'failed', reason: 'signInNeeded', retry: 'daily' }],
  [12063, { kind: 'failed', reason: 'userRejected', retry: 'daily' }],
  [12065, { kind: 'failed', reason: 'systemApp', retry: 'never' }],
  [12078, { kind: 'failed', reason: 'lostMode', retry: 'daily' }],
]);

/** What the answer to an InstallApplication means. Acknowledged is not installed. */
export function answerTo(answer: Answer): Verdict {
  return { ...meaningOf(answer), detail: answer };
}

/** Why a device did not remove an app, as far as its numbers say. */
const removalNumbers = new Map<number, ReasonCode>([
  [12036, 'removalNotNow'],
  [12078, 'lostMode'],
]);

/** What the answer to a RemoveApplication means that was not carried out. */
export function whyNotRemoved({ errorChain = [] }: Answer): ReasonCode {
  return innermost(errorChain, removalNumbers) ?? 'removalFailed';
}

function meaningOf(answer: Answer): Verdict {
  if (answer.status === 'CommandFormatError')
    return { kind: 'failed', reason: 'commandNotUnderstood', retry: 'never' };
  if (answer.rejectionReason)
    return (
      rejections.get(answer.rejectionReason) ?? {
        kind: 'failed',
        reason: 'installFailed',
        retry: 'growing',
      }
    );
  if (answer.status === 'Error') return meaningOfErrors(answer.errorChain ?? []);
  return answer.appleState
    ? verdictOnState(answer.appleState)
    : { kind: 'moving', appleState: 'Queued', reason: 'installing' };
}

/** The innermost error that is known counts: the outer ones only say that something went wrong. */
function innermost<T>(
  chain: readonly AppleError[],
  numbers: ReadonlyMap<number, T>,
): T | undefined {
  for (const { code } of chain.toReversed()) {
    const known = code === undefined ? undefined : numbers.get(code);
    if (known !== undefined) return known;
  }
  return undefined;
}

function meaningOfErrors(chain: readonly AppleError[]): Verdict {
  const known = innermost(chain, errorNumbers);
  if (known !== undefined) return known;
  const first = chain.find((link) => link.code !== undefined)?.code;
  return {
    kind: 'failed',
    reason: 'installFailed',
    retry: 'growing',
    ...(first === undefined ? {} : { errorCode: intuneCode(first) }),
  };
}

/** Intune's encoding of a device's error number: 0x87D1 and ten thousand more. */
function intuneCode(appleCode: number): number {
  return (0x87d10000 + ((appleCode + 10_000) & 0xffff)) | 0;
}
