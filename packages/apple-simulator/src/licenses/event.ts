import type { Cause } from './assets.ts';
import { errorBody, type ErrorBody, type ErrorInfo } from './errors.ts';
import { ELEMENTS_PER_NOTIFICATION, type NotificationType } from './notifications.ts';
import type { Strips } from './open-pairs.ts';

export type EventType = 'ASSOCIATE' | 'DISASSOCIATE' | 'REVOKE' | 'CREATE' | 'UPDATE' | 'RETIRE';

/** An assignment or a user, as notifications write it. */
export interface EventElement {
  /** A number for subscriptions. */
  readonly adamId?: string | number;
  readonly pricingParam?: string;
  readonly renewing?: boolean;
  readonly clientUserId?: string;
  readonly serialNumber?: string;
}

export interface Outcome {
  readonly element: EventElement;
  /** Why it failed; absent: it did not. */
  readonly errorNumber?: number | undefined;
}

/** What an event does, in independent parts. */
export interface Work {
  readonly type: EventType;
  /** The type of the notifications that tell of it; undefined: none do, or later. */
  readonly notifies: NotificationType | undefined;
  readonly size: number;
  /** The pairs it concerns; none where it concerns users. */
  readonly strips: Strips;
  /** Carries out one part (0 to size − 1), or only names it when `failure` forbids to. */
  perform(index: number, cause: Cause, failure: number | undefined): Outcome;
}

interface Failure {
  readonly errorNumber: number;
  readonly elements: EventElement[];
}

export interface LicenseEvent {
  readonly eventId: string;
  readonly type: EventType;
  /** Simulated ms. */
  readonly acceptedAt: number;
  readonly requested: number;
  /** Parts that were carried out, well or not: always the first ones. */
  performed: number;
  /** Parts that went well. */
  completed: number;
  status: 'PENDING' | 'COMPLETE' | 'FAILED';
  /** Whether it stays PENDING for ever. */
  readonly lost: boolean;
  /** Whether the eventId reached the caller, as far as the service knows. */
  answered: boolean;
  /** The pairs it concerns, while there is work left. */
  strips: Strips;
  /** By error number and asset. */
  readonly failures: Map<string, Failure>;
}

/** An event with work left to do, as the journal and the controls show it. */
export function openState(event: LicenseEvent): object {
  const { eventId, type, acceptedAt, requested, performed, lost, answered } = event;
  return {
    eventId,
    type,
    acceptedAt: new Date(acceptedAt).toISOString(),
    requested,
    performed,
    lost,
    answered,
  };
}

/** The failures of an event as GET /status lists them: one entry for each number and asset. */
export function failureList(event: LicenseEvent): ErrorBody[] {
  return [...event.failures.values()].map(({ errorNumber, elements }) =>
    errorBody(errorNumber, errorInfo(elements)),
  );
}

/** Cuts a list into what one notification may hold. */
export function chunks<T>(items: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (let from = 0; from < items.length; from += ELEMENTS_PER_NOTIFICATION) {
    cut.push(items.slice(from, from + ELEMENTS_PER_NOTIFICATION));
  }
  return cut;
}

/** Notes the parts that failed. */
export function addFailures(
  event: LicenseEvent,
  errorNumber: number,
  outcomes: readonly Outcome[],
): void {
  for (const { element } of outcomes) {
    const key = `${errorNumber}:${element.adamId}:${element.pricingParam}`;
    const failure = event.failures.get(key) ?? { errorNumber, elements: [] };
    failure.elements.push(element);
    event.failures.set(key, failure);
  }
}

function errorInfo(elements: readonly EventElement[]): ErrorInfo {
  const [first] = elements;
  const serialNumbers = elements.flatMap(({ serialNumber }) => serialNumber ?? []);
  const clientUserIds = elements.flatMap(({ clientUserId }) => clientUserId ?? []);
  return {
    ...(first?.adamId !== undefined && {
      assets: [{ adamId: String(first.adamId), pricingParam: first.pricingParam ?? 'STDQ' }],
    }),
    ...(clientUserIds.length > 0 && { clientUserIds }),
    ...(serialNumbers.length > 0 && { serialNumbers }),
  };
}
