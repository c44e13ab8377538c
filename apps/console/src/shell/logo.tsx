import { Subtitle2, makeStyles, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  logo: { display: 'inline-flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  mark: { width: '24px', height: '24px' },
});

/** The mark and the name. */
export function Logo() {
  const styles = useStyles();
  return (
    <span className={styles.logo}>
      <img src="/icon.svg" alt="" className={styles.mark} />
      <Subtitle2>Allotment</Subtitle2>
    </span>
  );
}
