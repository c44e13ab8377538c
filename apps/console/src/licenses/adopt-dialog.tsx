import type { App } from '../api/apps.ts';
import { adoptLicenses } from '../api/licenses.ts';
import { counted } from '../format/numbers.ts';
import { ReasonDialog } from '../ui/reason-dialog.tsx';

interface AdoptDialogProps {
  readonly of: 'apps' | 'books';
  readonly title: Pick<App, 'id' | 'name' | 'found'>;
  readonly onClose: () => void;
}

/** Makes found licenses ours (Law 8). */
export function AdoptDialog({ of, title, onClose }: AdoptDialogProps) {
  return (
    <ReasonDialog
      title={`Adopt licenses of ${title.name}?`}
      act="Adopt licenses"
      onClose={onClose}
      onAct={async (reason) => {
        const adopted = await adoptLicenses({ of, id: title.id }, reason);
        return `${counted(adopted, 'license')} adopted`;
      }}
    >
      {counted(title.found, 'license')} that somebody else assigned at Apple{' '}
      {title.found === 1 ? 'serves' : 'serve'} what assignments here want. Once adopted they are
      taken back like any other when no assignment wants them any more. Nothing changes at Apple
      now.
    </ReasonDialog>
  );
}
