import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { counted, formatNumber } from '../format/numbers.ts';

export interface Licenses {
  /** Null: without a limit. */
  readonly owned: number | null;
  readonly held: number;
  readonly changing: number;
  readonly foreign: number;
  readonly waiting: number;
}

const useStyles = makeStyles({
  track: {
    display: 'flex',
    gap: '2px',
    height: '6px',
    borderRadius: tokens.borderRadiusCircular,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralStroke2,
  },
  large: { height: '14px' },
  held: { backgroundColor: tokens.colorBrandBackground },
  changing: { backgroundColor: tokens.colorBrandBackground2Pressed },
  foreign: { backgroundColor: tokens.colorNeutralForeground3 },
});

interface LicenseMeterProps {
  readonly licenses: Licenses;
  readonly large?: boolean;
}

/** How much of what is owned is taken, and by whom. */
export function LicenseMeter({ licenses, large = false }: LicenseMeterProps) {
  const styles = useStyles();
  const taken = licenses.held + licenses.changing + licenses.foreign;
  const whole = Math.max(licenses.owned ?? taken, taken, 1);
  const part = (count: number): { readonly width: string } => ({
    width: `${(100 * count) / whole}%`,
  });
  return (
    <div
      role="img"
      aria-label={describe(licenses)}
      className={mergeClasses(styles.track, large && styles.large)}
    >
      {licenses.held > 0 && <span className={styles.held} style={part(licenses.held)} />}
      {licenses.changing > 0 && (
        <span className={styles.changing} style={part(licenses.changing)} />
      )}
      {licenses.foreign > 0 && <span className={styles.foreign} style={part(licenses.foreign)} />}
    </div>
  );
}

function describe(licenses: Licenses): string {
  const owned =
    licenses.owned === null ? 'Unlimited licenses' : `${counted(licenses.owned, 'license')} owned`;
  return `${owned}, ${formatNumber(licenses.held)} held, ${formatNumber(licenses.foreign)} assigned elsewhere, ${formatNumber(licenses.waiting)} waiting`;
}
