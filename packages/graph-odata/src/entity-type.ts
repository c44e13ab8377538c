import { ODataError } from './error.ts';
import type { Entity } from './filter/evaluate.ts';
import { propertiesOf } from './filter/expression.ts';
import { typeName } from './filter/parse.ts';
import type { QueryOptions } from './options.ts';

export type Version = 'v1.0' | 'beta';

/** What the metadata says of a type: one model for both versions, projected per version. */
export interface EntityType {
  /** Without namespace, such as `iosVppApp`. */
  readonly name: string;
  /** The base type's name; its presence makes `@odata.type` appear in answers. */
  readonly base?: string;
  /** Property names in the order of answers, with the versions that have them. */
  readonly properties: Readonly<Record<string, 'both' | 'beta'>>;
  /** What `$expand` may name. */
  readonly navigation?: readonly string[];
}

/** Whether an entity of `type` counts as `name` in `isof` and in casts. */
export function isTypeOrBase(type: EntityType, name: string): boolean {
  const wanted = typeName(name).toLowerCase();
  return [type.name, type.base].some((own) => own?.toLowerCase() === wanted);
}

/**
 * Checks that the options name only properties that one of the types has in this version.
 *
 * @throws ODataError in the words clients look for
 */
export function checkProperties(
  options: QueryOptions,
  types: readonly EntityType[],
  version: Version,
): void {
  const known = new Set(
    types.flatMap((type) => propertyNames(type, version)).map((name) => name.toLowerCase()),
  );
  const navigation = new Set(
    types.flatMap((type) => type.navigation ?? []).map((name) => name.toLowerCase()),
  );
  const of = types[0]?.base ?? types[0]?.name ?? 'entity';
  const check = (option: string, names: readonly string[], allowed: ReadonlySet<string>): void => {
    const wrong = names.find((name) => !allowed.has(name.toLowerCase()));
    if (wrong === undefined) return;
    throw new ODataError(
      option,
      `Could not find a property named '${wrong}' on type 'microsoft.graph.${of}' (in ${option}).`,
    );
  };
  const select = options.select?.filter((name) => !name.startsWith('@')) ?? [];
  check('$select', select, known.union(navigation));
  check('$filter', options.filter === undefined ? [] : propertiesOf(options.filter), known);
  check(
    '$orderby',
    options.orderBy.map((order) => order.property),
    known,
  );
  check(
    '$expand',
    options.expand.map((expand) => expand.property),
    navigation,
  );
}

/** The names of a type's properties in a version, in order. */
export function propertyNames(type: EntityType, version: Version): readonly string[] {
  return Object.entries(type.properties)
    .filter(([, versions]) => versions === 'both' || version === 'beta')
    .map(([name]) => name);
}

/**
 * The entity as a version shows it: its properties in order, missing ones null, only the selected ones, `@odata.type`
 * first where the type is derived.
 *
 * @param select names in any case; undefined for all
 */
export function project(
  type: EntityType,
  version: Version,
  entity: Entity,
  select: readonly string[] | undefined,
): Entity {
  const wanted =
    select === undefined ? undefined : new Set(select.map((name) => name.toLowerCase()));
  const shown: Record<string, unknown> = {};
  if (type.base !== undefined) shown['@odata.type'] = `#microsoft.graph.${type.name}`;
  for (const name of propertyNames(type, version)) {
    if (wanted === undefined || wanted.has(name.toLowerCase())) shown[name] = entity[name] ?? null;
  }
  return shown;
}
