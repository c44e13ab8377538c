import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Actor } from '../audit/record.ts';
import { ConfigError, deriveConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { Problem } from '../errors.ts';
import { openCommandContext } from '../server.ts';
import { type Arguments, type Command, UsageError } from './command.ts';
import { commands } from './commands.ts';

/** The world a command runs in. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  out(line: string): void;
  err(line: string): void;
}

/**
 * Runs what was typed, on the database that the environment names, beside a running server or without one.
 *
 * @returns the exit code: 0, 1 when it was refused or failed, 2 when it was typed wrong
 */
export async function runCommand(typed: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const command = findCommand(typed);
    if (command === undefined || typed.includes('--help')) {
      for (const line of helpOn(command)) terminal.out(line);
      return 0;
    }
    const given = readArguments(command, typed.slice(command.name.split(' ').length));
    for (const line of await runOn(command, given, terminal)) terminal.out(line);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.err(isExpected(error) ? error.message : (error.stack ?? error.message));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runOn(
  command: Command,
  given: Arguments,
  terminal: Terminal,
): Promise<readonly string[]> {
  const env = readEnv(terminal.env);
  const log = pino({ level: 'warn' }, pino.destination(2));
  const { context, close } = await openCommandContext(deriveConfig(env, terminal.cwd), {
    log,
    secretKey: env.secretKey,
  });
  try {
    const actor: Actor = {
      kind: 'cli',
      name: userInfo().username,
      ...(given.options['reason'] === undefined ? {} : { reason: given.options['reason'] }),
    };
    return await command.run(context, given, actor);
  } finally {
    await close();
  }
}

/** Undefined: help was asked for. @throws UsageError for words that call nothing */
function findCommand(typed: readonly string[]): Command | undefined {
  const words = typed.filter((word) => !word.startsWith('-'));
  const called = commands.find((command) => {
    const name = command.name.split(' ');
    return name.every((word, index) => typed[index] === word);
  });
  if (called !== undefined) return called;
  if (words.length === 0 || typed.includes('--help')) return undefined;
  throw new UsageError(
    `There is no command "${words.join(' ')}". See: npm run allotment -- --help`,
  );
}

function readArguments(command: Command, typed: readonly string[]): Arguments {
  const names = Object.keys(command.options);
  const options: Record<string, string> = {};
  const { values, positionals } = parse(names, typed);
  for (const name of names) {
    const value = values[name];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new UsageError(`--${name} is missing: ${command.options[name]}. ${usageOf(command)}`);
    }
    options[name] = value;
  }
  if (positionals.length !== command.words.length) {
    throw new UsageError(
      `${command.name} takes ${command.words.length === 0 ? 'options only' : command.words.join(' ')}. ${usageOf(command)}`,
    );
  }
  return { words: positionals, options };
}

function parse(
  names: readonly string[],
  typed: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...typed],
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
      allowPositionals: true,
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function helpOn(command: Command | undefined): readonly string[] {
  if (command === undefined) {
    return [
      'npm run allotment -- COMMAND',
      '',
      ...commands.flatMap((one) => [`  ${one.name} ${one.usage}`.trimEnd(), `      ${one.does}`]),
      '',
      'Each command works beside a running server, on the database that the environment names',
      '(DATABASE_URL or ALLOTMENT_DATA_DIR). COMMAND --help tells more.',
    ];
  }
  const options = Object.entries(command.options).map(([name, means]) => `  --${name}  ${means}`);
  return [usageOf(command), '', command.does, ...(options.length === 0 ? [] : ['', ...options])];
}

function usageOf(command: Command): string {
  return `Usage: npm run allotment -- ${command.name} ${command.usage}`.trimEnd();
}

/** What a person can mend is told in its sentence; anything else with where it happened. */
function isExpected(error: Error): boolean {
  return (
    error instanceof UsageError ||
    error instanceof Problem ||
    error instanceof ConfigError ||
    error.name === 'LocalPostgresError'
  );
}
