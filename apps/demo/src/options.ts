import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** The main job once, from nothing to installed apps, then the end. */
  readonly headless: boolean;
  /** One JSON object as the last line of stdout. */
  readonly json: boolean;
  readonly devices: number;
  /** How often the server is killed (-9) on the way. */
  readonly kill: number;
  readonly port: number;
  /** Simulated seconds a second at Apple. */
  readonly speed: number;
  readonly seed: number;
  /** The folder of Apple's schema files; where there is none, messages are not compared. */
  readonly schemas: string;
}

export const usage = `npm run demo -- [options]

  A school district and a company with Allotment, Apple in a box and devices that live.

  --headless     do the main job once and end; exits 0 only if every check holds
  --json         print one JSON object as the last line
  --devices N    how many devices, from 12 on (200)
  --kill N       kill the server (-9) N times at random moments (0)
  --port N       port of the console (8443; headless: any free port)
  --speed N      simulated seconds a second at Apple (headless: 30; otherwise 4)
  --seed N       the same seed, the same organization (1)
  --schemas DIR  Apple's schema files, to compare every MDM message with (../shared/reference/apple-schemas)
  --help
`;

/** Reads the command line. @throws Error in a sentence; undefined when help was asked for */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      headless: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      devices: { type: 'string', default: '200' },
      kill: { type: 'string', default: '0' },
      port: { type: 'string' },
      speed: { type: 'string' },
      seed: { type: 'string', default: '1' },
      schemas: { type: 'string', default: '../shared/reference/apple-schemas' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { headless, json } = values;
  return {
    headless,
    json,
    devices: whole('--devices', values.devices, 12, 20_000),
    kill: whole('--kill', values.kill, 0, 1000),
    port: whole('--port', values.port ?? (headless ? '0' : '8443'), 0, 65_535),
    speed: whole('--speed', values.speed ?? (headless ? '30' : '4'), 1, 1000),
    seed: whole('--seed', values.seed, 0, 2 ** 31),
    schemas: values.schemas,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`${name} is "${text}": it must be a whole number from ${least} to ${most}.`);
  }
  return value;
}
