import { Button } from '@fluentui/react-components';
import { ErrorCircleRegular } from '@fluentui/react-icons/svg/error-circle';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { EmptyState } from '../ui/empty-state.tsx';

/** Stands in for a screen that broke, so that the rest of the console goes on. */
export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  return (
    <EmptyState
      icon={<ErrorCircleRegular />}
      title="This screen failed"
      action={<Button onClick={reset}>Try again</Button>}
    >
      {error instanceof Error ? error.message : 'Something went wrong.'} If it stays, reload the
      page; nothing on the server is lost.
    </EmptyState>
  );
}
