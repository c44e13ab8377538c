/** What `$filter` can say. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Value;
      readonly right: Value;
    }
  | { readonly kind: 'in'; readonly value: Value; readonly among: readonly Literal[] }
  | {
      readonly kind: 'text';
      readonly test: TextTest;
      readonly value: Value;
      readonly part: Value;
    }
  | { readonly kind: 'isOf'; readonly type: string }
  | { readonly kind: 'constant'; readonly value: boolean };

export const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof comparisons)[number];

export const textTests = ['startswith', 'endswith', 'contains'] as const;
export type TextTest = (typeof textTests)[number];

/** A point in time is a Date; enumeration members, GUIDs and texts are strings. */
export type Literal = string | number | boolean | Date | null;

/** `tolower` and `toupper` are read and dropped: texts are compared without regard to case anyway. */
export type Value =
  | { readonly kind: 'property'; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly value: Literal };

/** Every property that an expression names, first path segment only, in order of appearance. */
export function propertiesOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return [...propertiesOf(expression.left), ...propertiesOf(expression.right)];
    case 'not':
      return propertiesOf(expression.operand);
    case 'compare':
      return [...propertyOf(expression.left), ...propertyOf(expression.right)];
    case 'in':
      return propertyOf(expression.value);
    case 'text':
      return [...propertyOf(expression.value), ...propertyOf(expression.part)];
    default:
      return [];
  }
}

function propertyOf(value: Value): readonly string[] {
  return value.kind === 'property' ? value.path.slice(0, 1) : [];
}
