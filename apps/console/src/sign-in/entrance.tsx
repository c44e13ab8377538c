import {
  Body1,
  Button,
  MessageBar,
  MessageBarBody,
  Subtitle1,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';
import { Logo } from '../shell/logo.tsx';
import { Surface } from '../ui/surface.tsx';

const useStyles = makeStyles({
  ground: {
    display: 'grid',
    placeItems: 'center',
    minHeight: '100%',
    overflowY: 'auto',
    padding: tokens.spacingHorizontalL,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  sheet: { width: 'min(400px, 100%)', boxSizing: 'border-box' },
  form: { display: 'grid', gap: tokens.spacingVerticalL },
  heading: { margin: 0 },
  words: { color: tokens.colorNeutralForeground2 },
});

interface EntranceProps {
  readonly title: string;
  readonly words?: ReactNode;
  readonly act?: string;
  readonly pending?: boolean;
  readonly error?: Error | null;
  readonly onSubmit?: () => void;
  readonly children?: ReactNode;
}

/** The sheet in the middle of an otherwise empty page, before one is signed in. */
export function Entrance({
  title,
  words,
  act,
  pending = false,
  error,
  onSubmit,
  children,
}: EntranceProps) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · Allotment`;
  }, [title]);
  return (
    <main className={styles.ground}>
      <Surface padded className={styles.sheet}>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit?.();
          }}
        >
          <Logo />
          <Subtitle1 as="h1" className={styles.heading}>
            {title}
          </Subtitle1>
          {words !== undefined && <Body1 className={styles.words}>{words}</Body1>}
          {children}
          {error !== null && error !== undefined && (
            <MessageBar intent="error" layout="multiline">
              <MessageBarBody>{error.message}</MessageBarBody>
            </MessageBar>
          )}
          {act !== undefined && (
            <Button type="submit" appearance="primary" size="large" disabled={pending}>
              {act}
            </Button>
          )}
        </form>
      </Surface>
    </main>
  );
}
