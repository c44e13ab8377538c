import { Button, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { InstallStatus, Reason } from '../api/status.ts';
import { RelativeTime } from '../ui/relative-time.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { commandWord, installWords, licenseWord } from './words.ts';

const useStyles = makeStyles({
  reason: { display: 'grid', gap: tokens.spacingVerticalXXS },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
  },
  cause: { color: tokens.colorNeutralForeground2 },
  next: { color: tokens.colorNeutralForeground3 },
  // The link of the row reaches over all of it; this stands above.
  why: { position: 'relative', zIndex: 1, minWidth: 'auto', fontWeight: 'inherit' },
  code: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground3 },
});

/**
 * License, command and installation each in a column of its own, and what comes of them, with the reason.
 *
 * @param onWhy shows the whole chain of a row
 */
export const statusColumns = <T extends InstallStatus>(
  onWhy: (row: T) => void,
): readonly Column<T>[] => [
  {
    id: 'license',
    header: 'License',
    width: 'minmax(140px, 1.1fr)',
    cell: ({ license }) => <LicenseCell license={license} />,
  },
  {
    id: 'command',
    header: 'Command',
    width: 'minmax(0, 0.9fr)',
    cell: ({ command }) =>
      command === null ? (
        <span>—</span>
      ) : (
        <TwoLines
          aside={
            command.sentDateTime === null ? undefined : <RelativeTime at={command.sentDateTime} />
          }
        >
          {commandWord(command.state)}
        </TwoLines>
      ),
  },
  {
    id: 'installation',
    header: 'On the device',
    width: 'minmax(0, 1fr)',
    cell: ({ installation }) =>
      installation === null ? (
        <span>—</span>
      ) : (
        <TwoLines aside={<RelativeTime at={installation.reportedDateTime} />}>
          {installation.appleState}
        </TwoLines>
      ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 'minmax(0, 2.5fr)',
    cell: (row) => <StatusCell status={row} onWhy={() => onWhy(row)} />,
  },
];

export function LicenseCell({ license }: Pick<InstallStatus, 'license'>) {
  const { word, tone } = licenseWord(license);
  return (
    <TwoLines aside={<RelativeTime at={license.since} />}>
      <StateChip tone={tone}>{word}</StateChip>
    </TwoLines>
  );
}

interface StatusCellProps {
  readonly status: InstallStatus;
  readonly onWhy: () => void;
}

function StatusCell({ status, onWhy }: StatusCellProps) {
  const styles = useStyles();
  const { word, tone } = installWords[status.installState];
  const { reason } = status;
  return (
    <div className={styles.reason}>
      <div className={styles.head}>
        <StateChip tone={tone}>{word}</StateChip>
        {status.hexErrorCode !== null && (
          <Caption1 className={styles.code}>{status.hexErrorCode}</Caption1>
        )}
        <Button appearance="transparent" size="small" className={styles.why} onClick={onWhy}>
          Why?
        </Button>
      </div>
      <ReasonLines reason={reason} />
    </div>
  );
}

/** Why something is not done yet; nothing when it is. */
export function ReasonCell({ reason }: Pick<InstallStatus, 'reason'>) {
  const styles = useStyles();
  return (
    <div className={styles.reason}>
      <ReasonLines reason={reason} />
    </div>
  );
}

function ReasonLines({ reason }: Pick<InstallStatus, 'reason'>) {
  const styles = useStyles();
  if (reason === null) return null;
  return (
    <>
      <Caption1 className={styles.cause}>{reason.cause}</Caption1>
      <ReasonNext reason={reason} />
    </>
  );
}

/** Who has the next step, and which. */
export function ReasonNext({ reason }: { readonly reason: Reason }) {
  const styles = useStyles();
  return (
    <Caption1 block className={styles.next}>
      <strong>{whoActs[reason.who]}:</strong> {reason.next}
    </Caption1>
  );
}

/** Who has the next step. */
const whoActs: Readonly<Record<Reason['who'], string>> = {
  Apple: 'Apple',
  device: 'Device',
  person: 'Person',
  administrator: 'You',
  Allotment: 'Allotment',
};
