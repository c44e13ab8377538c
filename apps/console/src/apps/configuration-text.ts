import { readPropertyList } from './property-list.ts';

type Configuration = Readonly<Record<string, unknown>>;

/** A managed app configuration as it was written, or what is wrong with the text. */
export type ReadConfiguration =
  | { readonly configuration: Configuration | undefined }
  | { readonly problem: string };

/** Reads JSON, or the XML that developers of apps publish. Nothing written is no configuration. */
export function readConfiguration(text: string): ReadConfiguration {
  const written = text.trim();
  if (written === '') return { configuration: undefined };
  try {
    const value = written.startsWith('<') ? readPropertyList(written) : parseJson(written);
    if (!isRecord(value)) return { problem: 'Write an object: names with their values.' };
    const bad = findUnsupported(value, '');
    return bad === undefined ? { configuration: value } : { problem: bad };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** As JSON that a person can read. */
export function writeConfiguration(configuration: Configuration | undefined): string {
  return configuration === undefined || Object.keys(configuration).length === 0
    ? ''
    : JSON.stringify(configuration, null, 2);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

function isRecord(value: unknown): value is Configuration {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A sentence about the first value that a device could not be told. */
function findUnsupported(value: unknown, place: string): string | undefined {
  if (value === null) return `${place} is null: leave it out.`;
  if (typeof value !== 'object') return undefined;
  for (const [name, one] of Object.entries(value)) {
    if (name === '') return 'A name is empty.';
    const found = findUnsupported(one, place === '' ? name : `${place}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
