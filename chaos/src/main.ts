import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unmet } from './faults.ts';
import { type Ground, openGround } from './ground.ts';
import { mutantNamed, mutants } from './mutants.ts';
import { type Outcome, play } from './schedule.ts';

const usage = `npm run chaos -- --seeds N [options]

  --seeds N       so many schedules
  --from K        the first seed (1)
  --json          no lines while it runs
  --journal DIR   keeps journal, server log and model of the seeds that broke a rule
  --mutant NAME   the server without one of its laws: ${Object.keys(mutants).join(', ')};
                  stops at the first violation
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    journal: { type: 'string' },
    mutant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Schedules played at the same time. */
const lanes = 2;
/** How many violations and lines of the journal are shown of a seed. */
const shownViolations = 5;
const shownLines = 12;

if (values.help || values.seeds === undefined) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  if (values.mutant !== undefined) mutantNamed(values.mutant);
  const count = wholeNumber('seeds', values.seeds);
  const from = wholeNumber('from', values.from);
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  await using ground = await openGround(values.mutant);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void (async () => {
        await ground[Symbol.asyncDispose]();
        process.exit(1);
      })();
    });
  const report = await playAll(ground, seeds);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.violations === 0 ? 0 : 1;
}

interface Report {
  schedules: number;
  violations: number;
  readonly kinds: Record<string, number>;
}

async function playAll(ground: Ground, seeds: readonly number[]): Promise<Report> {
  const report: Report = { schedules: 0, violations: 0, kinds: { ...unmet } };
  const waiting = [...seeds];
  const lane = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const startedAt = performance.now();
      const outcome = await play(ground, seed);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      await tell(outcome, seconds);
      report.schedules += 1;
      report.violations += outcome.violations.length;
      for (const [kind, n] of Object.entries(outcome.kinds))
        report.kinds[kind] = (report.kinds[kind] ?? 0) + n;
      if (values.mutant !== undefined && outcome.violations.length > 0) waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return report;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function tell(outcome: Outcome, seconds: string): Promise<void> {
  const { seed, violations, evidence } = outcome;
  if (violations.length === 0) {
    if (!values.json) say(`seed ${seed}: holds (${seconds} s)`);
    return;
  }
  const mutant = values.mutant === undefined ? '' : ` --mutant ${values.mutant}`;
  say(`seed ${seed}: ${violations.length} violations (${seconds} s)`);
  say(`  to replay: npm run chaos -- --seeds 1 --from ${seed}${mutant}`);
  for (const { rule, pair, detail } of violations.slice(0, shownViolations)) {
    say(`  ${rule} ${pair ?? ''}: ${detail}`);
    for (const line of excerpt(outcome, pair)) say(`    ${line}`);
  }
  if (values.journal === undefined) return;
  await mkdir(values.journal, { recursive: true });
  const write = async (name: string, text: string): Promise<void> =>
    writeFile(join(values.journal ?? '', `${seed}.${name}`), text);
  await write(
    'journal.jsonl',
    evidence.journal.lines.map((line) => JSON.stringify(line)).join('\n'),
  );
  await write('requests.jsonl', evidence.requests.join('\n'));
  await write('demand.jsonl', evidence.demand.join('\n'));
  await write('server.log', evidence.log.join('\n'));
  await write('model.json', JSON.stringify(evidence.organization, asPlain, 2));
  await write('violations.json', JSON.stringify(violations, undefined, 2));
}

/** The last lines of the journal about a pair's asset and holder. */
function excerpt({ evidence }: Outcome, pair: string | undefined): readonly string[] {
  const [, adamId, holder] = /^[^/]*\/(\d+)\/\w+ (\S+)$/.exec(pair ?? '') ?? [];
  if (adamId === undefined || holder === undefined) return [];
  return evidence.journal.lines
    .map((line) => JSON.stringify(line))
    .filter((line) => line.includes(adamId) && line.includes(holder))
    .slice(-shownLines)
    .map((line) => line.slice(0, 300));
}

function asPlain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} is "${text}": it must be a whole number.`);
  return Number(text);
}
