import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { useMediaQuery } from './ui/media.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

const storageKey = 'allotment.theme';

interface Theming {
  readonly choice: ThemeChoice;
  readonly choose: (choice: ThemeChoice) => void;
}

const ThemeContext = createContext<Theming>({ choice: 'system', choose: () => undefined });

/** Light or dark: as the system says, unless the person chose in this browser. */
export function ThemeChoiceProvider({ children }: { readonly children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(storedChoice);
  const theming = useMemo(
    () => ({
      choice,
      choose: (next: ThemeChoice) => {
        localStorage.setItem(storageKey, next);
        setChoice(next);
      },
    }),
    [choice],
  );
  return <ThemeContext value={theming}>{children}</ThemeContext>;
}

export function useThemeChoice(): Theming {
  return use(ThemeContext);
}

export function useIsDark(): boolean {
  const { choice } = useThemeChoice();
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');
  const dark = choice === 'system' ? systemIsDark : choice === 'dark';
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  }, [dark]);
  return dark;
}

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(storageKey);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
