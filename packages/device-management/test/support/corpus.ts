import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../corpus/', import.meta.url);

/** Bodies made to break a reader, none of them a message a device sends, by name. */
export const corpus: readonly (readonly [name: string, body: Buffer])[] = readdirSync(folder)
  .filter((name) => name.endsWith('.plist'))
  .sort()
  .map((name) => [name.slice(0, -'.plist'.length), readFileSync(new URL(name, folder))] as const);
