import type { Catalog } from '../catalog/catalog.ts';
import type { Core } from '../core/world.ts';
import { EventRunner } from './events.ts';
import { defineLicenseFaults, type LicenseFaults } from './faults.ts';
import { defineHappenings } from './happenings/index.ts';
import { Library } from './library.ts';
import { Notifier } from './notifications.ts';
import { People } from './people.ts';
import { Registry } from './registry.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { SubscriptionDesk } from './subscriptions/desk.ts';
import { TokenStore } from './tokens.ts';

/** The parts of Apple's license service. */
export interface LicenseService {
  readonly core: Core;
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly faults: LicenseFaults;
  readonly registry: Registry;
  readonly people: People;
  readonly tokens: TokenStore;
  readonly notifier: Notifier;
  readonly library: Library;
  readonly events: EventRunner;
  readonly subscriptions: SubscriptionDesk;
}

/** @param latencyMs real ms added to every page of a list */
export function createLicenseService(core: Core, catalog: Catalog, latencyMs = 0): LicenseService {
  const settings = { ...defaultSettings(), latencyMs };
  const faults = defineLicenseFaults(core.faults);
  const notifier = new Notifier(core, faults);
  const service: LicenseService = {
    core,
    catalog,
    settings,
    faults,
    registry: new Registry(core),
    people: new People(),
    tokens: new TokenStore(core.random),
    notifier,
    library: new Library(core, settings, notifier),
    events: new EventRunner(core, faults, settings, notifier),
    subscriptions: new SubscriptionDesk(core, notifier),
  };
  defineHappenings(service);
  return service;
}
