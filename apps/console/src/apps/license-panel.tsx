import {
  MessageBar,
  MessageBarBody,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import type { App } from '../api/apps.ts';
import { formatNumber, formatOwned } from '../format/numbers.ts';
import { LicenseMeter } from '../ui/license-meter.tsx';
import { Numbers } from '../ui/numbers.tsx';
import { Surface } from '../ui/surface.tsx';

const useStyles = makeStyles({
  panel: { display: 'grid', gap: tokens.spacingVerticalL },
  swatch: {
    width: '8px',
    height: '8px',
    borderRadius: '2px',
    border: `1px solid ${tokens.colorTransparentStroke}`,
  },
  held: { backgroundColor: tokens.colorBrandBackground },
  changing: { backgroundColor: tokens.colorBrandBackground2Pressed },
  foreign: { backgroundColor: tokens.colorNeutralForeground3 },
  available: { backgroundColor: tokens.colorNeutralStroke2 },
});

/** An app or a book, as far as its licenses go. */
type Licensed = Pick<
  App,
  'owned' | 'held' | 'changing' | 'foreign' | 'available' | 'waiting' | 'closedReason'
>;

type Swatch = 'held' | 'changing' | 'foreign' | 'available';

/** What is owned, who has it, and who waits. */
export function LicensePanel({ app }: { readonly app: Licensed }) {
  const styles = useStyles();
  const numbers: readonly (readonly [string, string, Swatch?])[] = [
    ['Owned', formatOwned(app.owned)],
    ['Held', formatNumber(app.held), 'held'],
    ...(app.changing > 0
      ? [['On their way', formatNumber(app.changing), 'changing'] as const]
      : []),
    ['Assigned elsewhere', formatNumber(app.foreign), 'foreign'],
    ['Available', app.available === null ? 'Unlimited' : formatNumber(app.available), 'available'],
    ['Waiting', formatNumber(app.waiting)],
  ];
  return (
    <Surface padded className={styles.panel}>
      <Numbers
        numbers={numbers.map(([name, value, swatch]) => ({
          name,
          value,
          mark: swatch !== undefined && (
            <span aria-hidden className={mergeClasses(styles.swatch, styles[swatch])} />
          ),
        }))}
      />
      {app.owned !== null && <LicenseMeter licenses={app} large />}
      {app.closedReason !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>Nothing more is assigned now. {app.closedReason}</MessageBarBody>
        </MessageBar>
      )}
    </Surface>
  );
}
