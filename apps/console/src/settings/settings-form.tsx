import {
  Button,
  MessageBar,
  MessageBarBody,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import {
  type QueryKey,
  type UseQueryResult,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useNotify } from '../ui/notify.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { Section } from '../ui/section.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';

const useStyles = makeStyles({
  form: {
    display: 'grid',
    gap: tokens.spacingVerticalL,
    padding: `0 ${tokens.spacingHorizontalXL} ${tokens.spacingHorizontalXL}`,
  },
  hint: { color: tokens.colorNeutralForeground2, maxWidth: '72ch' },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalS },
});

interface SettingsFormProps<T> {
  readonly title: string;
  readonly hint: string;
  readonly query: UseQueryResult<T>;
  readonly queryKey: QueryKey;
  readonly save: (settings: T) => Promise<void>;
  readonly isRight: (settings: T) => boolean;
  readonly children: (draft: T, change: (draft: T) => void) => ReactNode;
}

/** Settings that are changed together and count once they are saved. */
export function SettingsForm<T extends object>(props: SettingsFormProps<T>) {
  const styles = useStyles();
  const { title, hint, query } = props;
  return (
    <Section title={title}>
      <div className={styles.form}>
        <Text className={styles.hint}>{hint}</Text>
        <QueryView query={query} what="these settings" loading={<RowsSkeleton rows={2} />}>
          {(saved) => <Fields {...props} saved={saved} />}
        </QueryView>
      </div>
    </Section>
  );
}

function Fields<T extends object>(props: SettingsFormProps<T> & { readonly saved: T }) {
  const styles = useStyles();
  const client = useQueryClient();
  const notify = useNotify();
  const { title, saved, queryKey, save, isRight, children } = props;
  const [edited, setEdited] = useState<T>();
  const draft = edited ?? saved;
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  const saving = useMutation({
    mutationFn: async () => save(draft),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey });
      setEdited(undefined);
      notify.done(`${title}: saved`);
    },
  });
  return (
    <>
      {children(draft, setEdited)}
      {saving.error !== null && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{saving.error.message}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.buttons}>
        <Button
          appearance="primary"
          aria-label={`Save ${title.toLowerCase()}`}
          disabled={!changed || !isRight(draft) || saving.isPending}
          onClick={() => saving.mutate()}
        >
          {saving.isPending ? 'Saving…' : 'Save'}
        </Button>
        <Button
          aria-label={`Discard ${title.toLowerCase()}`}
          disabled={!changed || saving.isPending}
          onClick={() => {
            setEdited(undefined);
            saving.reset();
          }}
        >
          Discard
        </Button>
      </div>
    </>
  );
}
