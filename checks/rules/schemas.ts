import { type Rule, at, files } from '../tree.ts';
import { roomOf, rooms } from './imports.ts';

const builderWrites =
  /\.(?:insertInto|updateTable|deleteFrom|mergeInto|replaceInto)\(\s*['"`](\w+)\.(\w+)/g;
const sqlWrites =
  /\b(?:insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|merge\s+into|truncate(?:\s+table)?|copy|lock\s+table)\s+(\w+)\.(\w+)/gi;
const notes = 'db.note';
/** `0006-grants.sql`: a migration, and the room whose tables it makes. */
const migration = /^apps\/server\/src\/db\/migrations\/\d+-(\w+)/;

/**
 * Only a room itself writes its tables, which lie in the schema of its name; notes may be left by all. The triggers of
 * a migration write for the room the file is named after.
 */
export const writers: Rule = (tree) =>
  files(tree, /^apps\/server\/src\/.*\.(ts|sql)$/).flatMap(([path, text]) => {
    const room = migration.exec(path)?.[1] ?? roomOf(path) ?? 'the root';
    return [...text.matchAll(builderWrites), ...text.matchAll(sqlWrites)]
      .filter(
        ([, schema = '', table = '']) =>
          isSchema(schema) && schema !== room && `${schema}.${table}` !== notes,
      )
      .map(
        (match) =>
          `${at(path, text, match.index)}: ${room} writes ${match[1]}.${match[2]}, which belongs to ${match[1]}`,
      );
  });

/** The migrations make schemas named as the rooms, and nothing outside of them. */
export const schemaNames: Rule = (tree) =>
  files(tree, /^apps\/server\/src\/db\/migrations\/.*\.sql$/).flatMap(([path, text]) => {
    const schemas = text.matchAll(/\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?(\w+)/gi);
    const tables = text.matchAll(/\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?("?\w+"?)(\.?)/gi);
    return [
      ...[...schemas]
        .filter(([, schema = '']) => !isSchema(schema))
        .map(
          (match) =>
            `${at(path, text, match.index)}: the schema ${match[1]} is named after no room`,
        ),
      ...[...tables]
        .filter(([, , dot]) => dot !== '.')
        .map(
          (match) =>
            `${at(path, text, match.index)}: the table ${match[1]} lies in no room's schema`,
        ),
    ];
  });

const generated = 'apps/server/src/db/generated/';
const tableType = /^export interface (\w+) \{\n([\s\S]*?)^\}/gm;
const columnType = /^ {2}(\w+):/gm;

/** A column that no code names only misleads whoever reads the schema. */
export const columnsUsed: Rule = (tree) => {
  const named = new Set(
    files(tree, /^apps\/server\/src\/.*\.ts$/)
      .filter(([path]) => !path.startsWith(generated))
      .flatMap(([, text]) => text.match(/\w+/g) ?? []),
  );
  const isNamed = (column: string): boolean =>
    named.has(column) || named.has(column.replace(/[A-Z]/g, (big) => `_${big.toLowerCase()}`));
  return files(tree, /^apps\/server\/src\/db\/generated\/.*\.ts$/).flatMap(([path, text]) =>
    [...text.matchAll(tableType)].flatMap(([, table = '', body = '']) =>
      [...body.matchAll(columnType)]
        .map(([, column = '']) => column)
        .filter((column) => !isNamed(column))
        .map((column) => `${path}: ${column} of ${table} is neither read nor written`),
    ),
  );
};

function isSchema(name: string): boolean {
  return rooms.some((room) => room === name);
}
