import { type Rule, at, files } from '../tree.ts';

interface Pattern {
  readonly what: RegExp;
  /** Where it is forbidden. */
  readonly files: RegExp;
  /** Where it is allowed all the same. */
  readonly except?: RegExp;
  readonly why: string;
}

const code = /\.tsx?$/;
const here = /^checks\/(rules\/patterns|test\/patterns\.test)\.ts$/;
const generated = /\/generated\//;

const patterns: readonly Pattern[] = [
  {
    what: /:\s*any\b(?!\s+\w)|\bas any\b|(?<!['"`])<any>|\bany\[\]/g,
    files: code,
    except: generated,
    why: 'any switches the compiler off',
  },
  { what: /@ts-(ignore|nocheck)/g, files: code, why: 'mend the type instead' },
  {
    what: /@ts-expect-error(?![ :-]*\w+ \w+)/g,
    files: code,
    why: 'say why the error is expected',
  },
  { what: /\bas unknown as\b/g, files: code, why: 'a cast through unknown hides a wrong type' },
  {
    what: /\b(?:it|test|describe|suite)(?:\.\w+)*\.only\(/g,
    files: code,
    why: 'the other tests would not run',
  },
  {
    what: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|todo|fixme)\((?!.*#\d+)/g,
    files: code,
    why: 'a test that is left out names the issue that brings it back',
  },
  {
    what: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    files: /\.(tsx?|sql|css|md|json)$/,
    why: 'what is left to do is an issue',
  },
  {
    what: /\bprocess\.exit\(/g,
    files: code,
    except: /\/(cli|main)\.ts$|\/cli\//,
    why: 'only a program ends itself; set process.exitCode',
  },
  {
    what: /\bDate\.now\(\)|\bnew Date\(\)/g,
    files: /^(apps\/server|packages\/[^/]+)\/src\/.*\.ts$/,
    except: /\/(clock|context)\.ts$/,
    why: 'the time comes from the clock that is passed in',
  },
  {
    what: /\bMath\.random\(/g,
    files: /^(apps\/server|packages\/[^/]+)\/src\/.*\.ts$/,
    except: /\/(context|server)\.ts$/,
    why: 'chance is passed in',
  },
  {
    what: /(?<![.\w])(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\bcurrent_(?:timestamp|date|time)\b/gi,
    files: /^apps\/server\/src\/.*\.(ts|sql)$/,
    except: /\/(clock|db\/migrate)\.ts$/,
    why: 'SQL does not ask its own clock',
  },
  { what: /licence/gi, files: /./, why: 'American spelling: license' },
  { what: /(?<![\w.])\/(?:work|home\/\w+)\//g, files: /./, why: 'a path of somebody’s machine' },
  {
    what: /https?:\/\/registry\.|"resolved": "https?:|\b(?:npmjs|yarnpkg)\.(?:org|com)\b/g,
    files: /./,
    why: 'the address of a package registry',
  },
  {
    what: /^.{500,}$/gm,
    files: /\.([cm]?[jt]sx?|css|sql|html)$/,
    except: generated,
    why: 'a line that a tool wrote: minified code does not belong here',
  },
];

/** What nobody wants to find in the sources. */
export const forbidden: Rule = (tree) =>
  patterns.flatMap((pattern) =>
    files(tree, pattern.files)
      .filter(([path]) => !here.test(path) && pattern.except?.test(path) !== true)
      .flatMap(([path, text]) =>
        [...text.matchAll(pattern.what)].map(
          (match) =>
            `${at(path, text, match.index)}: ${match[0].trim().slice(0, 60)}: ${pattern.why}`,
        ),
      ),
  );

/** Other people's code comes as a package, by name and version. */
export const vendored: Rule = (tree) =>
  files(tree, /(^|\/)(vendor|vendored|third[-_]party)\/|\.min\.\w+$/).map(
    ([path]) => `${path}: other people's code is a dependency, not a copy`,
  );

const mostLines = 300;

/** Files that can be read in one go; the linter holds the same for TypeScript. */
export const sizes: Rule = (tree) =>
  files(tree, /\.(tsx?|sql|css)$/)
    .filter(([path]) => !generated.test(path))
    .map(([path, text]) => [path, text.trimEnd().split('\n').length] as const)
    .filter(([, lines]) => lines > mostLines)
    .map(
      ([path, lines]) =>
        `${path}: has ${lines} lines, more than ${mostLines}: split it by what it is about`,
    );
