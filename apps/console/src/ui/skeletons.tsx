import { Skeleton, SkeletonItem, makeStyles, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  rows: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: tokens.spacingHorizontalXL,
  },
  row: {
    display: 'grid',
    gridTemplateColumns: '32px 3fr 2fr 1fr',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXL,
  },
  block: { padding: tokens.spacingHorizontalXL, display: 'grid', gap: tokens.spacingVerticalL },
});

/** Rows of a list that is on its way. */
export function RowsSkeleton({ rows = 6 }: { readonly rows?: number }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading" className={styles.rows}>
      {Array.from({ length: rows }, (_, i) => (
        <div className={styles.row} key={i}>
          <SkeletonItem shape="square" size={32} />
          <SkeletonItem size={16} />
          <SkeletonItem size={16} />
          <SkeletonItem size={16} />
        </div>
      ))}
    </Skeleton>
  );
}

/** A page about one thing that is on its way. */
export function PageSkeleton() {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading" className={styles.block}>
      <SkeletonItem size={40} />
      <SkeletonItem size={16} />
      <SkeletonItem size={96} />
      <SkeletonItem size={128} />
    </Skeleton>
  );
}
