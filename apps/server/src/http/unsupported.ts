import { Problem } from '../errors.ts';

/** What is not acted upon yet must not look as if it were. @throws Problem `notYetSupported` */
export function refuseUnsupported(
  field: string,
  value: string | boolean | null | undefined,
  remedy = 'leave it out',
): void {
  if (value === undefined || value === null || value === false || value === '') return;
  throw new Problem(
    'badRequest',
    'notYetSupported',
    `${field} is not supported yet; ${remedy}. Nothing was saved.`,
    { field },
  );
}
