/**
 * Many integers as one parameter, to be cast to `int[]` in SQL. The driver would look at each of them: of a thousand,
 * that takes as long as a small statement.
 */
export function integers(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}
