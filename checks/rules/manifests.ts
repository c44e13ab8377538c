import { posix } from 'node:path';
import { type Rule, type Tree, files } from '../tree.ts';
import { type Import, imports, packageOf, workspaceOf } from './imports.ts';

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const rootManifest = 'package.json';
/** Where a test's tools may come from the root: whatever is not the product's own source. */
const productSource = /^(apps|packages|bench|chaos)\/.*src\//;

/** Packages that no file imports. */
const tools: Readonly<Record<string, string>> = {
  '@types/node': 'the types of Node itself',
  '@playwright/test': 'runs the browser tests',
  'kysely-codegen': 'started by checks/generate.ts',
  oxfmt: 'formats',
  oxlint: 'lints',
  'oxlint-tsgolint': "oxlint's rules that know types",
  typescript: 'checks types',
};

function manifests(tree: Tree): ReadonlyMap<string, Manifest> {
  return new Map(
    files(tree, /(^|\/)package\.json$/).map(([path, text]) => [path, JSON.parse(text) as Manifest]),
  );
}

function manifestOf(tree: Tree, path: string): string {
  const own = posix.join(workspaceOf(path), 'package.json');
  return tree.has(own) ? own : rootManifest;
}

/** The imports of packages, without Node's own modules and files of ours. */
function packageImports(tree: Tree): readonly Import[] {
  return imports(tree).filter(
    ({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'),
  );
}

/** Versions are exact, so that everybody runs the same. */
export const pinned: Rule = (tree) =>
  [...manifests(tree)].flatMap(([path, manifest]) =>
    Object.entries({ ...named(manifest), ...manifest.optionalDependencies })
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}: name one exact version`),
  );

/** Every workspace says under which license it may be used. */
export const licensed: Rule = (tree) =>
  [...manifests(tree)]
    .filter(([, manifest]) => manifest.license !== 'Apache-2.0')
    .map(([path]) => `${path}: "license" must be "Apache-2.0"`);

/** A workspace names every package it imports; the tools of tests are named once, at the root. */
export const declared: Rule = (tree) => {
  const all = manifests(tree);
  const workspaces = new Set([...all.values()].map(({ name }) => name));
  return packageImports(tree).flatMap(({ path, where, specifier }) => {
    const manifest = manifestOf(tree, path);
    const wanted = packageOf(specifier);
    if (wanted === all.get(manifest)?.name || wanted in named(all.get(manifest))) return [];
    if (!productSource.test(path) && wanted in named(all.get(rootManifest))) return [];
    // The root sees every workspace, without naming them.
    if (manifest === rootManifest && workspaces.has(wanted)) return [];
    return [`${where}: imports ${specifier}, which ${manifest} does not name`];
  });
};

/** Nothing is named that nobody needs. The types of a package go with the package. */
export const used: Rule = (tree) => {
  const everywhere = packageImports(tree);
  return [...manifests(tree)].flatMap(([manifest, content]) => {
    const own = everywhere.filter(
      ({ path }) => manifest === rootManifest || manifestOf(tree, path) === manifest,
    );
    const imported = new Set(own.map(({ specifier }) => packageOf(specifier)));
    return Object.keys(named(content))
      .filter((name) => !(name in tools) && !imported.has(name.replace(/^@types\//, '')))
      .map((name) => `${manifest}: ${name} is imported nowhere`);
  });
};

function named(manifest: Manifest | undefined): Readonly<Record<string, string>> {
  return { ...manifest?.dependencies, ...manifest?.devDependencies };
}
