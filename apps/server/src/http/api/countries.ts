import { countries } from '../../library/index.ts';
import type { Face } from './face.ts';

/** GET /api/countries: the countries and regions that have an App Store, by name */
export function registerCountries({ app }: Face): void {
  app.get('/countries', async () => ({ value: countries() }));
}
