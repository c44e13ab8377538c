import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSchema as readFrom, type Schema } from '../../src/schema/schema.ts';

export { departures } from '../../src/schema/schema.ts';

const SCHEMAS = fileURLToPath(
  new URL('../../../../../shared/reference/apple-schemas/mdm/', import.meta.url),
);

/** Whether Apple's schema files lie beside the checkout; the tests that need them say so when not. */
export const schemasPresent = existsSync(SCHEMAS);
if (!schemasPresent) process.stdout.write("Apple's schemas are absent: their tests are left out\n");

export function readSchema(path: string): Schema {
  return readFrom(join(SCHEMAS), path);
}
