import { posix } from 'node:path';
import { type Rule, type Tree, at, files } from '../tree.ts';

/** One import of one file. */
export interface Import {
  readonly path: string;
  readonly where: string;
  /** As written. */
  readonly specifier: string;
  /** The file it names, if it is one of ours; for a workspace's name, that workspace's folder. */
  readonly target: string | undefined;
}

/** The server's rooms in their order: each may use the rooms before it. */
export const rooms = [
  'config',
  'db',
  'library',
  'directory',
  'devices',
  'assignments',
  'grants',
  'associations',
  'delivery',
  'operations',
  'status',
  'alerts',
  'audit',
  'identity',
  'schedule',
  'http',
] as const;

const forAll = new Set(['config', 'db', 'audit', 'schedule']);
/** Folders that start the program, as the files at the root do. */
const rootFolders = new Set(['cli']);
const rootFilesForAll = new Set(['context.ts', 'errors.ts']);
const source = /^(?:(apps|packages|acceptance|bench|chaos|e2e|checks)\/.*|[\w.]+)\.tsx?$/;
const specifiers =
  /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?(['"])([^'"\n]+)\1|\bimport\(\s*(['"])([^'"\n]+)\3/gm;

/** What every source file imports, in order of path. */
export function imports(tree: Tree): readonly Import[] {
  const folders = workspaceFolders(tree);
  return files(tree, source).flatMap(([path, text]) =>
    [...text.matchAll(specifiers)].map((match): Import => {
      const specifier = match[2] ?? match[4] ?? '';
      const target = specifier.startsWith('.')
        ? posix.normalize(posix.join(posix.dirname(path), specifier))
        : folders.get(packageOf(specifier));
      return { path, where: at(path, text, match.index), specifier, target };
    }),
  );
}

function workspaceFolders(tree: Tree): ReadonlyMap<string, string> {
  return new Map(
    files(tree, /^(apps|packages)\/[^/]+\/package\.json$/).map(([path, text]) => {
      const { name } = JSON.parse(text) as { name: string };
      return [name, `${posix.dirname(path)}/`];
    }),
  );
}

/** The package of a specifier: `@scope/name` or `name`, without the path in it. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `packages/licensing/` of a path in it; `checks/` for folders that are no workspace of a group. */
export function workspaceOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'apps' || first === 'packages' ? `${first}/${second}/` : `${first}/`;
}

const clients = ['packages/apps-and-books/', 'packages/device-management/'];
const databaseClients = new Set(['pg', 'kysely', 'pg-boss', 'pg-copy-streams']);
const ioModules =
  /^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads|process|timers|os)(\/|$)/;

/** Apps know packages, never the other way round; what must stay apart stays apart. */
export const workspaces: Rule = (tree) =>
  imports(tree).flatMap(({ path, where, specifier, target }) => {
    const from = workspaceOf(path);
    const to = target === undefined ? undefined : workspaceOf(target);
    const complaints: string[] = [];
    const complain = (why: string): number =>
      complaints.push(`${where}: imports ${specifier}: ${why}`);
    if (from.startsWith('packages/') && to !== undefined && !to.startsWith('packages/'))
      complain('packages know nothing of the apps');
    if (from === 'acceptance/' && to !== undefined && to !== from)
      complain('acceptance tests see the product from outside only');
    if (from === 'apps/console/' && to !== undefined && to !== from)
      complain('the console is a client of the API and nothing more');
    if (from === 'packages/licensing/' && path.includes('/src/') && !isPure(specifier, target))
      complain('the rules of licensing do no input or output');
    if (clients.includes(from) && databaseClients.has(packageOf(specifier)))
      complain('the clients of Apple know no database');
    if (clients.includes(from) && to !== undefined && clients.includes(to) && to !== from)
      complain('the two clients do not know each other');
    if (from === 'packages/apple-simulator/' && to !== undefined && clients.includes(to))
      complain('the simulator is written from the protocol alone');
    if (clients.includes(from) && to === 'packages/apple-simulator/')
      complain('the clients are written from the protocol alone');
    if (path.startsWith('apps/server/src/') && to === 'packages/apple-simulator/')
      complain('the product does not carry the simulator');
    if (specifier.startsWith('.') && to !== from && /^(apps|packages)\/[^/]+\/src\//.test(path))
      complain('another workspace is imported by its name');
    return complaints;
  });

function isPure(specifier: string, target: string | undefined): boolean {
  if (specifier.startsWith('.')) return true;
  return (
    target === undefined && !ioModules.test(specifier) && !databaseClients.has(packageOf(specifier))
  );
}

/** Inside the server, a room knows the rooms before it. */
export const roomOrder: Rule = (tree) =>
  imports(tree).flatMap(({ path, where, specifier, target }) => {
    const from = roomOf(path);
    if (from === undefined || target?.startsWith(serverSource) !== true) return [];
    const name = target.slice(serverSource.length);
    if (!name.includes('/')) {
      return rootFilesForAll.has(name)
        ? []
        : [
            `${where}: imports ${specifier}: rooms know ${[...rootFilesForAll].join(' and ')} of the root`,
          ];
    }
    const to = name.split('/')[0] ?? '';
    if (to === from || forAll.has(to) || order(to) < order(from)) return [];
    return [
      `${where}: imports ${specifier}: ${from} comes before ${to}, towards it it only leaves notes`,
    ];
  });

/** Every folder of the server is a room of the plan. */
export const roomNames: Rule = (tree) => {
  const found = new Set(files(tree, /^apps\/server\/src\//).map(([path]) => roomOf(path)));
  return [...found]
    .filter((room) => room !== undefined && order(room) === -1)
    .map((room) => `${serverSource}${room}: is not a room of the plan`);
};

const serverSource = 'apps/server/src/';

/** The room of a file of the server; undefined for other files and those that start it. */
export function roomOf(path: string): string | undefined {
  if (!path.startsWith(serverSource)) return undefined;
  const [room, ...rest] = path.slice(serverSource.length).split('/');
  return rest.length === 0 || rootFolders.has(room ?? '') ? undefined : room;
}

function order(room: string): number {
  return rooms.findIndex((name) => name === room);
}
