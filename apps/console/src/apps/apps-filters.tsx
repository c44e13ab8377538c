import { Dropdown, Option, ToggleButton, makeStyles, tokens } from '@fluentui/react-components';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { App } from '../api/apps.ts';
import { formatNumber } from '../format/numbers.ts';
import { type AppProblem, type AppsSearch, paths } from '../paths.ts';
import { appProblems } from '../search.ts';
import { SearchField } from '../ui/search-field.tsx';
import { problemCounts } from './app-facts.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
  },
  problems: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  tokens: { minWidth: '200px' },
});

const problemNames: Readonly<Record<AppProblem, string>> = {
  waiting: 'Waiting',
  failed: 'Failed',
  pending: 'Pending',
};

const everyToken = 'every';

interface AppsFiltersProps {
  readonly apps: readonly App[];
  readonly search: AppsSearch;
}

/** What narrows the list; all of it is in the address. */
export function AppsFilters({ apps, search }: AppsFiltersProps) {
  const styles = useStyles();
  const navigate = useNavigate();
  const narrowTo = useCallback(
    (change: AppsSearch) => {
      void navigate({ ...paths.apps({ ...search, ...change }), replace: true });
    },
    [navigate, search],
  );
  const onSearch = useCallback(
    (text: string) => narrowTo({ search: text === '' ? undefined : text }),
    [narrowTo],
  );
  const tokenNames = new Map(apps.map((app) => [app.tokenId, app.tokenName]));
  return (
    <div className={styles.bar} role="search">
      <SearchField label="Search apps" value={search.search ?? ''} onSearch={onSearch} />
      {tokenNames.size > 1 && (
        <Dropdown
          className={styles.tokens}
          aria-label="Token"
          value={tokenNames.get(search.token ?? '') ?? 'All tokens'}
          selectedOptions={[search.token ?? everyToken]}
          onOptionSelect={(_, { optionValue }) =>
            narrowTo({ token: optionValue === everyToken ? undefined : optionValue })
          }
        >
          <Option value={everyToken}>All tokens</Option>
          {[...tokenNames].map(([id, name]) => (
            <Option key={id} value={id}>
              {name}
            </Option>
          ))}
        </Dropdown>
      )}
      <div className={styles.problems}>
        {appProblems.map((problem) => {
          const count = apps.filter((app) => problemCounts[problem](app) > 0).length;
          const isShown = search.show === problem;
          return (
            <ToggleButton
              key={problem}
              size="small"
              shape="circular"
              checked={isShown}
              disabled={count === 0 && !isShown}
              onClick={() => narrowTo({ show: isShown ? undefined : problem })}
            >
              {problemNames[problem]} ({formatNumber(count)})
            </ToggleButton>
          );
        })}
      </div>
    </div>
  );
}
