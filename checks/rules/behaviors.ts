import { type Rule, type Tree, at, files } from '../tree.ts';

/** A test that shows behaviors. */
interface Shown {
  readonly path: string;
  readonly where: string;
  readonly title: string;
  readonly numbers: readonly number[];
}

const testFile = /^(apps|packages|acceptance|bench|chaos|e2e)\/.*\.(test|spec|e2e)\.tsx?$/;
const titles = /(['"`])((?:(?!\1)[^\\\n]|\\.)*\[brief [^\]]*\](?:(?!\1)[^\\\n]|\\.)*)\1/g;
const mostNumbers = 3;
/** Behaviors that need a test for themselves: the prompts of the eight delivery scenarios. */
const alone = { first: 50, last: 57 };

/** `checks/behaviors.json`: the behaviors in our words, by number. */
export function readBehaviors(tree: Tree): ReadonlyMap<number, string> {
  const list = JSON.parse(tree.get('checks/behaviors.json') ?? '{}') as Record<string, string>;
  return new Map(Object.entries(list).map(([number, text]) => [Number(number), text]));
}

export function shownBehaviors(tree: Tree): readonly Shown[] {
  return files(tree, testFile).flatMap(([path, text]) =>
    [...text.matchAll(titles)].map((match): Shown => {
      const title = match[2] ?? '';
      const numbers = [...title.matchAll(/\[brief ([^\]]*)\]/g)].flatMap(([, list = '']) =>
        list.split(',').map(Number),
      );
      return { path, where: at(path, text, match.index), title, numbers };
    }),
  );
}

/** Titles name behaviors that exist, and few of them. */
export const behaviorTitles: Rule = (tree) => {
  const known = readBehaviors(tree);
  return shownBehaviors(tree).flatMap(({ where, numbers }) => [
    ...(numbers.length > mostNumbers
      ? [`${where}: shows ${numbers.length} behaviors at once: at most ${mostNumbers} a test`]
      : []),
    ...numbers
      .filter((number) => !known.has(number))
      .map((number) => `${where}: there is no behavior ${number}`),
    ...(numbers.length > 1 && numbers.some((n) => n >= alone.first && n <= alone.last)
      ? [`${where}: behaviors ${alone.first} to ${alone.last} need a test each`]
      : []),
  ]);
};

/** The text of docs/behaviors.md. */
export function renderBehaviors(tree: Tree): string {
  const shown = shownBehaviors(tree);
  const behaviors = [...readBehaviors(tree)].sort(([a], [b]) => a - b);
  const covered = behaviors.filter(([number]) =>
    shown.some((test) => test.numbers.includes(number)),
  );
  const sections = behaviors.map(([number, text]) => {
    const tests = shown
      .filter(({ numbers }) => numbers.includes(number))
      .map(({ path, title }) => `   - \`${path}\`: ${plainTitle(title)}`);
    return [
      `${number}. ${text}`,
      ...(tests.length === 0 ? ['   - not shown by a test yet'] : tests),
    ].join('\n');
  });
  return `# Behaviors

What Allotment promises to people who know the app-licensing part of Microsoft Intune, and the tests that show it: ${covered.length} of ${behaviors.length} so far. Made by \`npm run generate\` from \`checks/behaviors.json\` and the titles of the tests.

${sections.join('\n')}
`;
}

function plainTitle(title: string): string {
  return title
    .replaceAll(/\[brief [^\]]*\]/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\\(['"`])/g, '$1')
    .trim();
}
