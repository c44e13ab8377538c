import type { FaultScope } from '../core/fault-request.ts';
import type { Core } from '../core/world.ts';
import { assetKey, type Cause } from './assets.ts';
import { errorBody } from './errors.ts';
import {
  addFailures,
  chunks,
  type EventElement,
  type LicenseEvent,
  openState,
  type Outcome,
  type Work,
} from './event.ts';
import type { LicenseFaults } from './faults.ts';
import type { Location } from './location.ts';
import type { Notifier } from './notifications.ts';
import { findRepetitions, pairsOf } from './open-pairs.ts';
import type { Settings } from './settings.ts';
import { refundLicenses } from './stock.ts';

interface Run {
  readonly location: Location;
  readonly work: Work;
  readonly event: LicenseEvent;
  readonly cause: Cause;
  readonly steps: number;
  readonly pauseMs: number;
  readonly failing: { readonly errorNumber: number; readonly share: number } | undefined;
  /** Share of the work after which the stock is gone. */
  readonly starvesAt: number | undefined;
  starved: boolean;
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
    const scope = { location: location.uId, type: work.type };
    const lost = this.#faults.eventLost.strike(scope);
    const eventId = this.#core.random.uuid();
    const event: LicenseEvent = {
      eventId,
      type: work.type,
      acceptedAt: this.#core.clock.now(),
      requested: work.size,
      performed: 0,
      completed: 0,
      status: 'PENDING',
      lost: lost !== undefined,
      answered: true,
      strips: work.strips,
      failures: new Map(),
    };
    this.#journalAccepted(location, event);
    this.#noteRepetitions(location, event);
    location.events.set(eventId, event);
    location.openEvents.add(event);
    if (lost && !lost.applied) return eventId;
    const steps = Math.max(1, Math.min(STEPS, work.size));
    const run: Run = {
      location,
      work,
      event,
      cause: { eventId },
      steps,
      failing: this.#faults.eventFailed.strike(scope),
      starvesAt:
        work.type === 'ASSOCIATE' ? this.#faults.eventStarved.strike(scope)?.share : undefined,
      pauseMs: (this.#duration(scope) * 1000) / steps,
      starved: false,
    };
    this.#core.clock.after(run.pauseMs, () => this.#step(run, 0));
    return eventId;
  }

  /** Notes that the answer with the eventId may not have reached the caller. */
  unanswered(location: Location, eventId: string): void {
    const event = location.events.get(eventId);
    if (event !== undefined) event.answered = false;
  }

  #journalAccepted(location: Location, { eventId, type, requested, strips }: LicenseEvent): void {
    this.#core.journal.write('event.accepted', {
      uId: location.uId,
      eventId,
      type,
      numRequested: requested,
      // What the other requests are about is in their bodies.
      ...(type === 'REVOKE' && { pairs: pairsOf(strips) }),
    });
  }

  #noteRepetitions(location: Location, { eventId, type, strips }: LicenseEvent): void {
    for (const { reason, pairs, open } of findRepetitions(location, type, strips)) {
      this.#core.counters.add(`pairsWhile${reason}`, location.uId, pairs.length);
      this.#core.journal.write('request.repeats', {
        uId: location.uId,
        eventId,
        type,
        reason,
        ...(open && { open: openState(open) }),
        pairs,
      });
    }
  }

  /** Seconds that an event takes. */
  #duration(scope: FaultScope): number {
    const slow = this.#faults.eventSlow.strike(scope);
    const { minimum, maximum } = this.#settings.eventSeconds;
    return slow?.seconds ?? minimum + this.#core.random.next() * Math.max(0, maximum - minimum);
  }

  async #step(run: Run, done: number): Promise<void> {
    const { location, event, steps } = run;
    await this.#starve(run, done / steps);
    const outcomes = this.#perform(run, (done + 1) / steps);
    const last = done + 1 === steps;
    if (last) {
      location.openEvents.delete(event);
      event.strips = new Map();
    } else {
      this.#core.clock.after(run.pauseMs, () => this.#step(run, done + 1));
    }
    if (!event.lost) await this.#report(run, outcomes, last);
  }

  /** Takes away what is left of the stock once the share of the work is done, if that fault struck. */
  async #starve(run: Run, share: number): Promise<void> {
    if (run.starved || run.starvesAt === undefined || share < run.starvesAt) return;
    run.starved = true;
    const { location, event } = run;
    for (const { asset: reference } of event.strips.values()) {
      const asset = location.assets.get(assetKey(reference));
      if (asset === undefined || asset.unlimited || asset.available === 0) continue;
      const surroundings = { core: this.#core, notifier: this.#notifier };
      await refundLicenses(surroundings, location, asset, asset.available);
    }
  }

  /** Carries out the next parts, up to a share (0 to 1) of the work. */
  #perform({ work, event, cause, failing }: Run, until: number): Outcome[] {
    const outcomes: Outcome[] = [];
    const end = Math.floor(until * work.size);
    for (; event.performed < end; event.performed++) {
      const fails = failing !== undefined && this.#core.random.chance(failing.share);
      outcomes.push(work.perform(event.performed, cause, fails ? failing.errorNumber : undefined));
    }
    return outcomes;
  }

  async #report(run: Run, outcomes: readonly Outcome[], last: boolean): Promise<void> {
    const { location, event } = run;
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
        this.#notify(run, elements, errorNumber),
      ),
    );
    await Promise.all(sent);
  }

  #notify(
    { location, event, work }: Run,
    elements: readonly EventElement[],
    errorNumber: number | undefined,
  ): Promise<void> {
    if (work.notifies === undefined) return Promise.resolve();
    return this.#notifier.send(location, work.notifies, {
      eventId: event.eventId,
      type: event.type,
      result: errorNumber === undefined ? 'SUCCESS' : 'FAILURE',
      [work.notifies === 'USER_MANAGEMENT' ? 'users' : 'assignments']: elements,
      ...(errorNumber !== undefined && { error: errorBody(errorNumber) }),
    });
  }
}
