import { readFileSync } from 'node:fs';

/**
 * The fixed instance of a bench, `bench/instances/NAME.json`: what is measured where no option says otherwise, so that
 * figures of different days are of the same thing.
 *
 * @returns a number of the instance by its name, as an option's default
 * @throws Error when the file has no such number
 */
export function instanceOf(bench: string): (name: string) => string {
  const url = new URL(`../instances/${bench}.json`, import.meta.url);
  const fixed: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(url, 'utf8'));
  return (name) => {
    const value = fixed[name];
    if (typeof value !== 'number') throw new Error(`bench/instances/${bench}.json has no ${name}.`);
    return String(value);
  };
}
