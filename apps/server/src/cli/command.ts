import type { Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';

/** What was typed after a command: its options, and the words that are none. */
export interface Arguments {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** One command of the command line. */
export interface Command {
  /** The words it is called by. */
  readonly name: string;
  /** What follows, as the help shows it. */
  readonly usage: string;
  /** One sentence. */
  readonly does: string;
  /** Names of the words that must follow, in order. */
  readonly words: readonly string[];
  /** Options, all with a value, all required; with what they mean. */
  readonly options: Readonly<Record<string, string>>;
  /** @returns the lines to print */
  run(context: Context, given: Arguments, actor: Actor): Promise<readonly string[]>;
}

/** What was typed makes no command; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
