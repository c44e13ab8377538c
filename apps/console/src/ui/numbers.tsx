import { Caption1, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  numbers: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(108px, 1fr))',
    gap: tokens.spacingHorizontalL,
    margin: 0,
  },
  number: { minWidth: 0 },
  name: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    color: tokens.colorNeutralForeground3,
  },
  value: { margin: 0 },
  aside: { display: 'block', color: tokens.colorNeutralForeground3 },
});

export interface NamedNumber {
  readonly name: string;
  readonly value: string;
  readonly aside?: string | undefined;
  /** Stands before the name. */
  readonly mark?: ReactNode;
}

/** A few figures with their names, side by side as far as there is room. */
export function Numbers({ numbers }: { readonly numbers: readonly NamedNumber[] }) {
  const styles = useStyles();
  return (
    <dl className={styles.numbers}>
      {numbers.map(({ name, value, aside, mark }) => (
        <div key={name} className={styles.number}>
          <dt className={styles.name}>
            {mark}
            <Caption1>{name}</Caption1>
          </dt>
          <dd className={styles.value}>
            <Subtitle2>{value}</Subtitle2>
            {aside !== undefined && <Caption1 className={styles.aside}>{aside}</Caption1>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
