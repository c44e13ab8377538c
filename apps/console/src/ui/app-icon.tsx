import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { initialsOf } from '../format/words.ts';

const useStyles = makeStyles({
  icon: {
    flexShrink: 0,
    borderRadius: '22%',
    objectFit: 'cover',
    boxShadow: `inset 0 0 0 1px ${tokens.colorNeutralStrokeAlpha}`,
  },
  letters: {
    display: 'grid',
    placeItems: 'center',
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground2,
    fontWeight: tokens.fontWeightSemibold,
  },
  small: { width: '32px', height: '32px', fontSize: '12px' },
  large: { width: '64px', height: '64px', fontSize: '22px' },
});

interface AppIconProps {
  readonly name: string;
  readonly url: string | null;
  readonly size?: 'small' | 'large';
}

/** The icon from the store; the first letters of the name where there is none. */
export function AppIcon({ name, url, size = 'small' }: AppIconProps) {
  const styles = useStyles();
  const [broken, setBroken] = useState<string>();
  if (url === null || broken === url) {
    return (
      <span aria-hidden className={mergeClasses(styles.icon, styles.letters, styles[size])}>
        {initialsOf(name)}
      </span>
    );
  }
  return (
    <img
      src={url}
      alt=""
      className={mergeClasses(styles.icon, styles[size])}
      onError={() => setBroken(url)}
    />
  );
}
