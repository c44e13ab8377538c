import { isGuid } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';

/** @throws Problem `badId` when a value that is to be an id cannot be one */
export function checkId(field: string, value: string | null): void {
  if (value !== null && !isGuid(value))
    throw new Problem('badRequest', 'badId', `${field} is no id: ids look like UUIDs.`, { field });
}
