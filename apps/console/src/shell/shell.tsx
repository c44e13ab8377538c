import {
  DrawerBody,
  DrawerHeader,
  OverlayDrawer,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import type { Session } from '../api/session.ts';
import { narrow } from '../ui/media.ts';
import { useLiveUpdates } from './live-updates.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';
import { TopBar } from './top-bar.tsx';

const useStyles = makeStyles({
  shell: {
    display: 'grid',
    height: '100%',
    gridTemplateAreas: '"bar bar" "nav main"',
    gridTemplateColumns: '200px minmax(0, 1fr)',
    gridTemplateRows: '52px minmax(0, 1fr)',
    [narrow]: {
      gridTemplateAreas: '"bar" "main"',
      gridTemplateColumns: 'minmax(0, 1fr)',
    },
  },
  side: {
    gridArea: 'nav',
    backgroundColor: tokens.colorNeutralBackground2,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowY: 'auto',
    [narrow]: { display: 'none' },
  },
  main: {
    gridArea: 'main',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground2,
    outline: 'none',
  },
  skip: {
    position: 'absolute',
    left: tokens.spacingHorizontalL,
    top: '-60px',
    zIndex: 10,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForeground1,
    ':focus': { top: tokens.spacingVerticalS },
  },
  drawer: { width: '240px' },
});

/** The frame around all screens of somebody who is signed in. */
export function Shell({ session }: { readonly session: Session }) {
  const styles = useStyles();
  const live = useLiveUpdates();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <TopBar session={session} live={live} onNavigation={() => setOpen(true)} />
      <aside className={styles.side}>
        <Navigation />
      </aside>
      <main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <OverlayDrawer
        className={styles.drawer}
        open={isOpen}
        onOpenChange={(_, { open }) => setOpen(open)}
      >
        <DrawerHeader>
          <Logo />
        </DrawerHeader>
        <DrawerBody>
          <Navigation onChoose={() => setOpen(false)} />
        </DrawerBody>
      </OverlayDrawer>
    </div>
  );
}
