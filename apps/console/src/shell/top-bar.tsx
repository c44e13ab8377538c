import {
  Avatar,
  Button,
  Menu,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { DarkThemeRegular } from '@fluentui/react-icons/svg/dark-theme';
import { NavigationRegular } from '@fluentui/react-icons/svg/navigation';
import { SignOutRegular } from '@fluentui/react-icons/svg/sign-out';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { LiveState } from '../api/keep-live.ts';
import { type Session, forgetSession, signOut } from '../api/session.ts';
import { type ThemeChoice, useThemeChoice } from '../theme-choice.tsx';
import { narrow, useIsNarrow } from '../ui/media.ts';
import { useNotify } from '../ui/notify.tsx';
import { AlertBell } from './alert-bell.tsx';
import { LiveIndicator } from './live-indicator.tsx';
import { Logo } from './logo.tsx';

const useStyles = makeStyles({
  bar: {
    gridArea: 'bar',
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `0 ${tokens.spacingHorizontalL}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    [narrow]: { gap: tokens.spacingHorizontalXS, padding: `0 ${tokens.spacingHorizontalM}` },
  },
  hamburger: { display: 'none', [narrow]: { display: 'inline-flex' } },
  middle: { flex: 1 },
});

interface TopBarProps {
  readonly session: Session;
  readonly live: LiveState;
  readonly onNavigation: () => void;
}

export function TopBar({ session, live, onNavigation }: TopBarProps) {
  const styles = useStyles();
  return (
    <header className={styles.bar}>
      <Button
        className={styles.hamburger}
        appearance="subtle"
        icon={<NavigationRegular />}
        aria-label="Navigation"
        onClick={onNavigation}
      />
      <Logo />
      <span className={styles.middle} />
      <LiveIndicator state={live} />
      <AlertBell />
      <ThemeMenu />
      <PersonMenu name={session.administrator.name} />
    </header>
  );
}

const themeNames: readonly (readonly [ThemeChoice, string])[] = [
  ['system', 'Like the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function ThemeMenu() {
  const { choice, choose } = useThemeChoice();
  return (
    <Menu
      checkedValues={{ theme: [choice] }}
      onCheckedValueChange={(_, { checkedItems }) => {
        const chosen = themeNames.find(([theme]) => theme === checkedItems[0]);
        if (chosen !== undefined) choose(chosen[0]);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<DarkThemeRegular />} aria-label="Light or dark" />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {themeNames.map(([theme, name]) => (
            <MenuItemRadio key={theme} name="theme" value={theme}>
              {name}
            </MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function PersonMenu({ name }: { readonly name: string }) {
  const isNarrow = useIsNarrow();
  const notify = useNotify();
  const client = useQueryClient();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: () => forgetSession(client),
    onError: (error) => notify.failed('You are still signed in', error),
  });
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button
          appearance="subtle"
          aria-label={name}
          icon={<Avatar size={24} name={name} color="brand" />}
        >
          {isNarrow ? undefined : name}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem icon={<SignOutRegular />} onClick={() => leaving.mutate()}>
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
