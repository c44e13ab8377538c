import type { Device, OpenPrompt, PromptKind, PromptSubject } from './device.ts';
import type { Environment } from './environment.ts';
import { isSignedOut } from './store-account.ts';

/** How long people take to answer a prompt, simulated ms. */
const ANSWER_MS = { shortest: 4_000, longest: 40_000 };

/**
 * Shows a prompt and waits for the person's answer, however long that takes.
 * @param subject the app or book; none for the invitation to the program
 * @returns true when the person agreed
 * @throws the signal's reason when the question has become pointless
 */
export function ask(
  environment: Environment,
  device: Device,
  kind: PromptKind,
  subject: PromptSubject | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  device.promptsShown[kind]++;
  if (subject !== undefined) subject.promptsShown[kind] = (subject.promptsShown[kind] ?? 0) + 1;
  note(environment, device, 'prompt.shown', kind, subject);
  return new Promise((resolve, reject) => {
    const withdraw = (): void => {
      device.openPrompts.delete(prompt);
      reject(signal.reason as Error);
    };
    const prompt: OpenPrompt = {
      kind,
      bundleId: subject?.bundleId,
      adamId: subject?.adamId,
      organization: device.organizationName,
      answer(accepted) {
        device.openPrompts.delete(prompt);
        signal.removeEventListener('abort', withdraw);
        note(environment, device, 'prompt.answered', kind, subject, accepted);
        resolve(accepted);
      },
    };
    signal.addEventListener('abort', withdraw, { once: true });
    device.openPrompts.add(prompt);
    answerLater(environment, device, prompt);
  });
}

/** To be called when the person may now answer what was left open: traits changed, device unlocked. */
export function lookAtPrompts(environment: Environment, device: Device): void {
  for (const prompt of device.openPrompts) answerLater(environment, device, prompt);
}

function answerLater(environment: Environment, device: Device, prompt: OpenPrompt): void {
  if (answerTo(device, prompt) === undefined) return;
  const delay = device.random.integer(ANSWER_MS.shortest, ANSWER_MS.longest);
  environment.clock.after(delay, () => {
    if (!device.openPrompts.has(prompt)) return;
    const answer = answerTo(device, prompt);
    if (answer !== undefined) prompt.answer(answer);
  });
}

/** What the person would say now; undefined: nothing, or the device does not let them. */
function answerTo(device: Device, { kind }: OpenPrompt): boolean | undefined {
  const { traits } = device;
  const wish = traits.promptAnswers[kind] ?? traits.promptAnswer;
  if (traits.locked || wish === 'ignore') return undefined;
  if (wish === 'decline') return false;
  return needsStore(kind) && !canUseStore(device) ? undefined : true;
}

function needsStore(kind: PromptKind): boolean {
  return kind === 'invite' || kind === 'account';
}

/** Somebody is signed in, and neither a policy nor single-app mode keeps the store away. */
function canUseStore(device: Device): boolean {
  const { storeDisabled, singleApp } = device.traits;
  return !isSignedOut(device) && !storeDisabled && singleApp === null;
}

function note(
  { journal, counters }: Environment,
  { serialNumber, organizationName: organization }: Device,
  event: 'prompt.shown' | 'prompt.answered',
  prompt: PromptKind,
  subject: PromptSubject | undefined,
  accepted?: boolean,
): void {
  counters.add(`${event}.${prompt}`, serialNumber);
  const { bundleId, adamId } = subject ?? {};
  journal.write(event, {
    serialNumber,
    prompt,
    bundleId,
    adamId,
    organization,
    accepted,
  });
}
