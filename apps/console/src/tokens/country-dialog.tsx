import { Body1, makeStyles, tokens } from '@fluentui/react-components';
import { counted } from '../format/numbers.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { regionName } from './region-name.ts';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

interface CountryDialogProps {
  readonly from: string;
  readonly to: string;
  /** How many apps and books the token has. */
  readonly apps: number;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** What another country or region does, before it is saved (behaviors 35 to 37). */
export function CountryDialog({ from, to, apps, onConfirm, onClose }: CountryDialogProps) {
  const styles = useStyles();
  return (
    <ConfirmDialog
      title={`Change from ${regionName(from)} to ${regionName(to)}?`}
      act="Change and save"
      pending={false}
      error={null}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <Body1>
        At the next sync, for the {counted(apps, 'app or book', 'apps and books')} of this token:
      </Body1>
      <ul className={styles.list}>
        <li>
          Names, icons, prices and store links are rewritten from the App Store of {regionName(to)}.
        </li>
        <li>What that store does not have stays as it is.</li>
        <li>Licenses, assignments and what is installed do not change.</li>
      </ul>
    </ConfirmDialog>
  );
}
