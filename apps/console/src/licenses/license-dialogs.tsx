import { type LicenseScope, type Revoked, liftHolds, revokeLicenses } from '../api/licenses.ts';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { liftedNotice, revokedNotice } from './license-words.ts';

interface LicenseDialogProps {
  readonly scope: LicenseScope;
  /** Whose they are, such as “Cart iPad 1”. */
  readonly name: string;
  readonly onClose: () => void;
}

const whoLoses: Readonly<Record<LicenseScope['of'], string>> = {
  devices: 'All device licenses of this device go back at Apple.',
  people:
    'All user licenses of this person go back at Apple; books stay with their readers for good.',
  books: 'Apple takes no license of a book back.',
  apps: 'All licenses of this app that were assigned from here go back at Apple.',
};

/** Takes licenses back by hand (behaviors 59 and 60). */
export function RevokeDialog({ scope, name, onClose }: LicenseDialogProps) {
  const isOne = scope.serialNumbers !== undefined || scope.personIds !== undefined;
  return (
    <ReasonDialog
      title={isOne ? `Revoke the license of ${name}?` : `Revoke the licenses of ${name}?`}
      act={isOne ? 'Revoke license' : 'Revoke licenses'}
      danger
      onClose={onClose}
      onAct={async (reason) => {
        const became: Revoked = await revokeLicenses(scope, reason);
        return revokedNotice(became);
      }}
    >
      {isOne ? 'The license goes back at Apple.' : whoLoses[scope.of]} Nothing is removed from any
      device. No assignment grants it again until you lift the hold, or save the assignments of the
      app anew.
    </ReasonDialog>
  );
}

/** Lets assignments grant again what was taken back by hand. */
export function LiftHoldsDialog({ scope, name, onClose }: LicenseDialogProps) {
  return (
    <ReasonDialog
      title={`Lift the holds on ${name}?`}
      act="Lift holds"
      onClose={onClose}
      onAct={async (reason) => liftedNotice(await liftHolds(scope, reason))}
    >
      What was taken back by hand here may be granted again: where an assignment wants it, it goes
      to the end of the line, or gets a license at once if one is free.
    </ReasonDialog>
  );
}
