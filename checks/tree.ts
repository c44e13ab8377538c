import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository's text files: path from the root to content. */
export type Tree = ReadonlyMap<string, string>;

/** A rule looks at the whole tree and says what breaks it: `path:line: what and why`. */
export type Rule = (tree: Tree) => readonly string[];

export const root = fileURLToPath(new URL('..', import.meta.url));

const run = promisify(execFile);
const binary = /\.(png|jpg|ico|woff2?|p12|der|gz)$/;

/** Reads what git tracks or would track: neither dependencies nor build results. */
export async function readTree(folder = root): Promise<Tree> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', list, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  const paths = [...new Set(stdout.split('\0'))].filter(
    (path) => path !== '' && !binary.test(path),
  );
  const entries = await Promise.all(
    paths.map(async (path) => [path, await readText(join(folder, path))] as const),
  );
  return new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** undefined for a file that is deleted in the work tree. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The files whose path matches, in order of path. */
export function files(tree: Tree, path: RegExp): readonly (readonly [string, string])[] {
  return [...tree].filter(([name]) => path.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `path:line` of an offset in a file. */
export function at(path: string, text: string, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`;
}
