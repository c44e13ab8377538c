import type { Revoked } from '../api/licenses.ts';
import { counted } from '../format/numbers.ts';

/** "2 licenses go back; 1 book stays: Apple never takes books back" */
export function revokedNotice({ revoked, irrevocable, notOurs, withoutToken }: Revoked): string {
  const goBack =
    revoked === 0
      ? 'Nothing had to go back'
      : `${counted(revoked, 'license')} ${revoked === 1 ? 'goes' : 'go'} back`;
  return [
    goBack,
    ...tell(irrevocable, 'book stays with its reader', 'books stay with their readers'),
    ...tell(
      notOurs,
      'license was assigned elsewhere and stays',
      'licenses were assigned elsewhere and stay',
    ),
    ...tell(withoutToken, 'license has no token any more', 'licenses have no token any more'),
  ].join('; ');
}

function tell(count: number, one: string, many: string): readonly string[] {
  return count === 0 ? [] : [counted(count, one, many)];
}

export function liftedNotice(lifted: number): string {
  return lifted === 0 ? 'There was no hold to lift' : `${counted(lifted, 'hold')} lifted`;
}
