import type { FaultScope } from '../core/faults.ts';
import type { Core } from '../core/world.ts';
import { errorBody, type ErrorBody, type ErrorInfo } from './errors.ts';
import type { LicenseFaults } from './faults.ts';
import type { Location } from './location.ts';
import { ELEMENTS_PER_NOTIFICATION, type Notifier } from './notifications.ts';
import type { Settings } from './settings.ts';

export type EventType = 'ASSOCIATE' | 'DISASSOCIATE' | 'REVOKE' | 'CREATE' | 'UPDATE' | 'RETIRE';

/** An assignment or a user, as notifications write it. */
export interface EventElement {
  readonly adamId?: string;
  readonly pricingParam?: string;
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
  readonly size: number;
  /** Carries out one part (0 to size − 1), or only names it when `failure` forbids to. */
  perform(index: number, eventId: string, failure: number | undefined): Outcome;
}

interface Failure {
  readonly errorNumber: number;
  readonly elements: EventElement[];
}

export interface LicenseEvent {
  readonly eventId: string;
  readonly type: EventType;
  readonly requested: number;
  completed: number;
  status: 'PENDING' | 'COMPLETE' | 'FAILED';
  /** By error number and asset. */
  readonly failures: Map<string, Failure>;
}

/** Steps in which an event's work is done, so that its progress can be seen. */
const STEPS = 4;

/** Carries out what was accepted: some seconds later, in steps, with notifications. */
export class EventRunner {
  readonly #core: Core;
  readonly #faults: LicenseFaults;
  readonly #settings: Settings;
  readonly #notifier: Notifier;

  constructor(core: Core, faults: LicenseFaults, settings: Settings, notifier: Notifier) {
    this.#core = core;
    this.#faults = faults;
    this.#settings = settings;
    this.#notifier = notifier;
  }

  /** Accepts work for a location and answers its eventId; the work begins later. */
  start(location: Location, work: Work): string {
    const event: LicenseEvent = {
      eventId: this.#core.random.uuid(),
      type: work.type,
      requested: work.size,
      completed: 0,
      status: 'PENDING',
      failures: new Map(),
    };
    location.events.set(event.eventId, event);
    const scope = { location: location.uId, type: work.type };
    const lost = this.#faults.eventLost.strike(scope);
    if (lost && !lost.applied) return event.eventId;
    const failing = this.#faults.eventFailed.strike(scope);
    const steps = Math.max(1, Math.min(STEPS, work.size));
    const pauseMs = (this.#duration(scope) * 1000) / steps;
    const step = async (done: number): Promise<void> => {
      const outcomes = this.#perform(
        work,
        event.eventId,
        done / steps,
        (done + 1) / steps,
        failing,
      );
      const last = done + 1 === steps;
      if (!last) this.#core.clock.after(pauseMs, () => step(done + 1));
      if (!lost) await this.#report(location, event, outcomes, last);
    };
    this.#core.clock.after(pauseMs, () => step(0));
    return event.eventId;
  }

  /** Seconds that an event takes. */
  #duration(scope: FaultScope): number {
    const slow = this.#faults.eventSlow.strike(scope);
    const { minimum, maximum } = this.#settings.eventSeconds;
    return slow?.seconds ?? minimum + this.#core.random.next() * Math.max(0, maximum - minimum);
  }

  /** Carries out the parts between two shares (0 to 1) of the work. */
  #perform(
    work: Work,
    eventId: string,
    from: number,
    to: number,
    failing: { readonly errorNumber: number; readonly share: number } | undefined,
  ): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let index = Math.floor(from * work.size); index < Math.floor(to * work.size); index++) {
      const fails = failing !== undefined && this.#core.random.chance(failing.share);
      outcomes.push(work.perform(index, eventId, fails ? failing.errorNumber : undefined));
    }
    return outcomes;
  }

  async #report(
    location: Location,
    event: LicenseEvent,
    outcomes: readonly Outcome[],
    last: boolean,
  ): Promise<void> {
    const byError = Map.groupBy(outcomes, ({ errorNumber }) => errorNumber);
    for (const [errorNumber, failed] of byError) {
      if (errorNumber === undefined) event.completed += failed.length;
      else addFailures(event, errorNumber, failed);
    }
    if (last) event.status = event.failures.size === 0 ? 'COMPLETE' : 'FAILED';
    const { eventId, type, status, requested, completed } = event;
    const failures = [...event.failures.values()].reduce(
      (sum, { elements }) => sum + elements.length,
      0,
    );
    this.#core.journal.write('event.step', {
      uId: location.uId,
      eventId,
      type,
      status,
      numRequested: requested,
      numCompleted: completed,
      failures,
    });
    const sent = [...byError].flatMap(([errorNumber, group]) =>
      chunks(group.map(({ element }) => element)).map((elements) =>
        this.#notify(location, event, elements, errorNumber),
      ),
    );
    await Promise.all(sent);
  }

  #notify(
    location: Location,
    event: LicenseEvent,
    elements: readonly EventElement[],
    errorNumber: number | undefined,
  ): Promise<void> {
    const forUsers = ['CREATE', 'UPDATE', 'RETIRE'].includes(event.type);
    return this.#notifier.send(location, forUsers ? 'USER_MANAGEMENT' : 'ASSET_MANAGEMENT', {
      eventId: event.eventId,
      type: event.type,
      result: errorNumber === undefined ? 'SUCCESS' : 'FAILURE',
      [forUsers ? 'users' : 'assignments']: elements,
      ...(errorNumber !== undefined && { error: errorBody(errorNumber) }),
    });
  }
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

function addFailures(event: LicenseEvent, errorNumber: number, outcomes: readonly Outcome[]): void {
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
      assets: [{ adamId: first.adamId, pricingParam: first.pricingParam ?? 'STDQ' }],
    }),
    ...(clientUserIds.length > 0 && { clientUserIds }),
    ...(serialNumbers.length > 0 && { serialNumbers }),
  };
}
