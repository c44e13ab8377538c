import { useSyncExternalStore } from 'react';

/** Whether the window fits a CSS media query now. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Under this width the navigation hides and tables turn into cards. */
export const narrow = '@media (max-width: 860px)';

export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 860px)');
}
