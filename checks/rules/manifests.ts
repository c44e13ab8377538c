import { type Rule, files } from '../tree.ts';

interface Manifest {
  readonly license?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Versions are exact, so that everybody runs the same. */
export const pinned: Rule = (tree) =>
  files(tree, /(^|\/)package\.json$/).flatMap(([path, text]) => {
    const manifest = JSON.parse(text) as Manifest;
    const all = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    return all
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}: name one exact version`);
  });

/** Every workspace says under which license it may be used. */
export const licensed: Rule = (tree) =>
  files(tree, /(^|\/)package\.json$/)
    .filter(([, text]) => (JSON.parse(text) as Manifest).license !== 'Apache-2.0')
    .map(([path]) => `${path}: "license" must be "Apache-2.0"`);
