import type { ForeseenOutcome, WhatIf } from '../api/what-if.ts';
import { counted, formatNumber } from '../format/numbers.ts';

/** What saving would do in one sentence: who gets a license, who waits, whose goes back. */
export function headlineOf({ outcome }: Pick<WhatIf, 'outcome'>): string {
  const { served, waiting, newlyWaiting, returning, returningLater } = outcome;
  const parts = [
    ...(served > 0 ? [`${formatNumber(served)} get a license at once`] : []),
    ...(newlyWaiting > 0 ? [`${formatNumber(waiting)} wait for one`] : []),
    ...(returning > 0 ? [counted(returning, 'license comes back', 'licenses come back')] : []),
    ...(returningLater > 0
      ? [
          `${counted(returningLater, 'license comes back', 'licenses come back')} after a grace period`,
        ]
      : []),
  ];
  if (parts.length === 0) return 'Nobody gets or loses a license by it.';
  return `${parts.join(', ')}.`;
}

/** Numbers of the forecast with their names, in the order they are read in. */
export function numbersOf(whatIf: WhatIf): readonly {
  readonly name: string;
  readonly value: string;
  readonly aside?: string | undefined;
}[] {
  const { licenses, outcome, requests, toBuy } = whatIf;
  const { returning, returningLater, waiting, newlyWaiting, servedByReturns } = outcome;
  return [
    { name: 'Needed', value: formatNumber(licenses.needed) },
    { name: 'Free', value: licenses.free === null ? 'Unlimited' : formatNumber(licenses.free) },
    {
      name: 'Come back',
      value: formatNumber(returning),
      aside:
        servedByReturns > 0
          ? `serve ${formatNumber(servedByReturns)} who wait`
          : returningLater > 0
            ? `${formatNumber(returningLater)} more later`
            : undefined,
    },
    {
      name: 'Wait',
      value: formatNumber(waiting),
      aside:
        newlyWaiting > 0 && newlyWaiting < waiting
          ? `${formatNumber(newlyWaiting)} newly`
          : undefined,
    },
    { name: 'To buy', value: formatNumber(toBuy.licenses), aside: priceOf(toBuy) },
    {
      name: 'Requests to Apple',
      value:
        requests === null ? 'Not known' : formatNumber(requests.associate + requests.disassociate),
    },
  ];
}

/** "$9.99 each, 59.94 in all"; nothing where the store names no price, or nothing is to be bought. */
function priceOf({ licenses, price, cost }: WhatIf['toBuy']): string | undefined {
  if (licenses === 0 || price === null) return undefined;
  const sum = cost === null || cost === 0 ? '' : `, ${sums.format(cost)} in all`;
  return `${price} each${sum}`;
}

const sums = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export interface ForecastNote {
  readonly tone: 'warning' | 'info';
  readonly text: string;
}

function warn(when: boolean, text: string): readonly ForecastNote[] {
  return when ? [{ tone: 'warning', text }] : [];
}

function tell(count: number, text: string): readonly ForecastNote[] {
  return count > 0 ? [{ tone: 'info', text }] : [];
}

/** What somebody should know before saving: what stops for a person, what cannot be undone, what people will see. */
export function notesOf(whatIf: WhatIf): readonly ForecastNote[] {
  const { stops, prompts, devices, revocable, outcome } = whatIf;
  return [
    ...warn(
      stops.brake !== null,
      `The brake holds ${counted(stops.brake?.waiting ?? 0, 'license')} back: a location gives up ${formatNumber(stops.brake?.allowed ?? 0)} within a day without a person. You let them go on the page of the token.`,
    ),
    ...warn(
      stops.unreleased > 0,
      `${counted(stops.unreleased, 'person waits', 'people wait')} until you release it: Apple never takes these licenses back.`,
    ),
    ...warn(
      !revocable && stops.unreleased === 0 && outcome.served > 0,
      'Apple never takes these licenses back.',
    ),
    ...whatIf.warnings.map(({ message }) => ({ tone: 'warning' as const, text: message })),
    ...tell(
      prompts.invitedPeople,
      `${counted(prompts.invitedPeople, 'person is', 'people are')} invited to tie an Apple Account to their licenses.`,
    ),
    ...tell(
      prompts.installDevices,
      `${counted(prompts.installDevices, 'device asks', 'devices ask')} before installing.`,
    ),
    ...tell(
      prompts.signInDevices,
      `${counted(prompts.signInDevices, 'device asks', 'devices ask')} for the Apple Account.`,
    ),
    ...tell(
      devices.notApplicable,
      `${counted(devices.notApplicable, 'device', 'devices')} of these groups cannot run it and ${devices.notApplicable === 1 ? 'needs' : 'need'} no license.`,
    ),
  ];
}

export const outcomeNames: Readonly<Record<ForeseenOutcome, string>> = {
  served: 'Get a license at once',
  waiting: 'Wait, the first in line first',
  returning: 'Give a license back',
  returningLater: 'Give a license back after a grace period',
};

/** How many have an outcome in all; the names are fifty at most. */
export function countOf({ outcome }: WhatIf, which: ForeseenOutcome): number {
  return outcome[which];
}
