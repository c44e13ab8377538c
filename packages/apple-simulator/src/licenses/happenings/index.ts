import type { LicenseService } from '../service.ts';
import { defineClaimHappenings } from './claims.ts';
import { defineManagerHappenings } from './managers.ts';
import { definePeopleHappenings } from './people.ts';
import { defineStockHappenings } from './stock.ts';
import { defineTitleHappenings } from './titles.ts';

/** Everything that content managers, other services and people do by themselves, now or later. */
export function defineHappenings(service: LicenseService): void {
  defineStockHappenings(service);
  defineTitleHappenings(service);
  defineClaimHappenings(service);
  defineManagerHappenings(service);
  definePeopleHappenings(service);
}
