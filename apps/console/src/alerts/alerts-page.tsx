import { Button, Tab, TabList, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { AlertRegular } from '@fluentui/react-icons/svg/alert';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type Alert, type AlertState, alertsQuery, markSeen } from '../api/alerts.ts';
import { tokensQuery } from '../api/tokens.ts';
import { counted } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { ReasonNext } from '../status/status-cells.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { useNotify } from '../ui/notify.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { severityWords, subjectPath } from './alert-words.ts';

const useStyles = makeStyles({
  tabs: { marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
  cause: { overflowWrap: 'anywhere' },
  unseen: { fontWeight: tokens.fontWeightSemibold },
});

const columns: readonly Column<Alert>[] = [
  {
    id: 'cause',
    header: 'What',
    width: 'minmax(0, 3fr)',
    cell: (alert) => <Cause alert={alert} />,
  },
  {
    id: 'severity',
    header: 'Severity',
    width: '104px',
    cell: ({ severity }) => (
      <StateChip tone={severityWords[severity].tone}>{severityWords[severity].word}</StateChip>
    ),
  },
  {
    id: 'subject',
    header: 'About',
    width: 'minmax(0, 1.4fr)',
    cell: (alert) => <Subject alert={alert} />,
  },
  {
    id: 'since',
    header: 'Since',
    width: '120px',
    cell: (alert) => (
      <TwoLines
        aside={
          alert.closedDateTime === null ? undefined : (
            <>
              over <RelativeTime at={alert.closedDateTime} />
            </>
          )
        }
      >
        <RelativeTime at={alert.openedDateTime} />
      </TwoLines>
    ),
  },
  {
    id: 'seen',
    header: 'Seen',
    width: '128px',
    cell: (alert) => <Seen alert={alert} />,
  },
];

/** What somebody should look at; what is over stays to be read. */
export function AlertsPage() {
  const styles = useStyles();
  const { state = 'open' } = useSearch({ from: '/alerts' });
  const navigate = useNavigate();
  const alerts = useInfiniteQuery(alertsQuery(state));
  const { hasNextPage, fetchNextPage } = alerts;
  const count = alerts.data?.pages.at(-1)?.count;
  return (
    <Page title="Alerts" aside={count === undefined ? ' ' : counted(count, `${state} alert`)}>
      <TabList
        className={styles.tabs}
        selectedValue={state}
        onTabSelect={(_, { value }) =>
          void navigate({
            ...paths.alerts(value === 'closed' ? { state: 'closed' } : {}),
            replace: true,
          })
        }
      >
        <Tab value="open">Open</Tab>
        <Tab value="closed">Over</Tab>
      </TabList>
      <Surface>
        <QueryView query={alerts} what="the alerts" loading={<RowsSkeleton />}>
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.value);
            return rows.length === 0 ? (
              <NoAlerts state={state} />
            ) : (
              <DataTable
                label="Alerts"
                rows={rows}
                columns={columns}
                count={count}
                idOf={(alert) => alert.id}
                onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
              />
            );
          }}
        </QueryView>
      </Surface>
    </Page>
  );
}

function Cause({ alert }: { readonly alert: Alert }) {
  const styles = useStyles();
  const isUnseen = alert.seen === null && alert.closedDateTime === null;
  return (
    <div className={styles.cause}>
      <span className={mergeClasses(isUnseen && styles.unseen)}>{alert.reason.cause}</span>
      <ReasonNext reason={alert.reason} />
    </div>
  );
}

function Subject({ alert }: { readonly alert: Alert }) {
  const tokens = useQuery(tokensQuery);
  const tokenOf = new Map((tokens.data ?? []).map((token) => [token.locationUid, token.id]));
  const path = subjectPath(alert, tokenOf);
  return (
    <TwoLines>
      {path === undefined ? (
        alert.subject.name
      ) : (
        <RouterLink {...path}>{alert.subject.name}</RouterLink>
      )}
    </TwoLines>
  );
}

function Seen({ alert }: { readonly alert: Alert }) {
  const client = useQueryClient();
  const notify = useNotify();
  const marking = useMutation({
    mutationFn: async () => markSeen(alert.id),
    onSuccess: async () => client.invalidateQueries({ queryKey: ['alerts'] }),
    onError: (error) => notify.failed('The alert was not marked', error),
  });
  if (alert.seen !== null)
    return <TwoLines aside={<RelativeTime at={alert.seen.at} />}>{alert.seen.by}</TwoLines>;
  if (alert.closedDateTime !== null) return <span>—</span>;
  return (
    <Button
      size="small"
      disabled={marking.isPending}
      aria-label={`Mark as seen: ${alert.reason.cause}`}
      onClick={() => marking.mutate()}
    >
      Mark as seen
    </Button>
  );
}

function NoAlerts({ state }: { readonly state: AlertState }) {
  return state === 'open' ? (
    <EmptyState icon={<AlertRegular />} title="Nothing to look at">
      Tokens and certificates that end, locations that stand still, licenses that run out and
      devices that do not come are told here, with who can mend it and how.
    </EmptyState>
  ) : (
    <EmptyState icon={<AlertRegular />} title="Nothing is over yet">
      An alert whose condition does not hold any more is kept here.
    </EmptyState>
  );
}
