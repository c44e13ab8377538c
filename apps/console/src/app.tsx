import {
  FluentProvider,
  RendererProvider,
  Toaster,
  createDOMRenderer,
  makeStyles,
} from '@fluentui/react-components';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ConsoleRouter } from './router.tsx';
import { darkTheme, lightTheme } from './theme.ts';
import { ThemeChoiceProvider, useIsDark } from './theme-choice.tsx';
import { toasterId } from './ui/notify.tsx';

interface AppProps {
  readonly queryClient: QueryClient;
  readonly router: ConsoleRouter;
  /** Lets the page take the styles that Fluent writes into it. */
  readonly nonce: string;
}

export function App({ queryClient, router, nonce }: AppProps) {
  const renderer = useMemo(
    () => createDOMRenderer(document, { styleElementAttributes: { nonce } }),
    [nonce],
  );
  return (
    <RendererProvider renderer={renderer}>
      <ThemeChoiceProvider>
        <Themed>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
          <Toaster toasterId={toasterId} position="bottom-end" />
        </Themed>
      </ThemeChoiceProvider>
    </RendererProvider>
  );
}

const useStyles = makeStyles({
  // Fluent gives this class to whatever opens above the page too: nothing about layout belongs in it.
  text: { fontVariantNumeric: 'tabular-nums' },
});

function Themed({ children }: { readonly children: React.ReactNode }) {
  const styles = useStyles();
  return (
    <FluentProvider
      theme={useIsDark() ? darkTheme : lightTheme}
      className={styles.text}
      style={{ height: '100%' }}
    >
      {children}
    </FluentProvider>
  );
}
