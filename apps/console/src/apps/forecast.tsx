import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  Caption1,
  MessageBar,
  MessageBarBody,
  Spinner,
  Subtitle2,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { InfoRegular } from '@fluentui/react-icons/svg/info';
import { WarningRegular } from '@fluentui/react-icons/svg/warning';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ForeseenOutcome, WhatIf } from '../api/what-if.ts';
import { formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { RouterLink } from '../ui/links.tsx';
import { Numbers } from '../ui/numbers.tsx';
import { Surface } from '../ui/surface.tsx';
import { countOf, notesOf, numbersOf, outcomeNames } from './forecast-words.ts';

const useStyles = makeStyles({
  whole: { display: 'grid', gap: tokens.spacingVerticalL },
  head: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
  heading: { margin: 0 },
  notes: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gap: tokens.spacingVerticalS,
  },
  note: { display: 'flex', gap: tokens.spacingHorizontalS, alignItems: 'baseline' },
  icon: { flexShrink: 0, fontSize: '16px', alignSelf: 'start', marginTop: '2px' },
  warning: { color: tokens.colorStatusWarningForeground1 },
  info: { color: tokens.colorNeutralForeground3 },
  old: { opacity: 0.6 },
});

interface ForecastProps {
  readonly foretold: UseQueryResult<WhatIf>;
  /** What taking it away from somebody does; undefined when nobody can lose it. */
  readonly taking: string | undefined;
}

/** What saving would do, before it is done (behaviors 76 and 77 among others). */
export function Forecast({ foretold, taking }: ForecastProps) {
  const styles = useStyles();
  const { data, error, isFetching } = foretold;
  return (
    <Surface padded className={styles.whole}>
      <div className={styles.head}>
        <Subtitle2 as="h2" className={styles.heading}>
          If you save this
        </Subtitle2>
        {isFetching && <Spinner size="extra-tiny" aria-label="Reckoning" />}
      </div>
      {error !== null && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{error.message}</MessageBarBody>
        </MessageBar>
      )}
      {data === undefined && error === null && (
        <Caption1>
          Reckoning who would get a license, who would wait and what would come back…
        </Caption1>
      )}
      {data !== undefined && error === null && (
        <div className={mergeClasses(styles.whole, isFetching && styles.old)}>
          <Numbers numbers={numbersOf(data)} />
          <Notes whatIf={data} taking={taking} />
          <Who whatIf={data} />
        </div>
      )}
    </Surface>
  );
}

function Notes({
  whatIf,
  taking,
}: {
  readonly whatIf: WhatIf;
  readonly taking: string | undefined;
}) {
  const styles = useStyles();
  const notes = [
    ...(taking === undefined ? [] : [{ tone: 'warning', text: taking } as const]),
    ...notesOf(whatIf),
  ];
  if (notes.length === 0) return null;
  return (
    <ul className={styles.notes}>
      {notes.map(({ tone, text }) => (
        <li key={text} className={styles.note}>
          <span className={mergeClasses(styles.icon, styles[tone])} aria-hidden>
            {tone === 'warning' ? <WarningRegular /> : <InfoRegular />}
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}

const useWhoStyles = makeStyles({
  names: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    paddingBlock: tokens.spacingVerticalS,
    overflowWrap: 'anywhere',
  },
  more: { color: tokens.colorNeutralForeground3 },
});

const outcomes: readonly ForeseenOutcome[] = ['waiting', 'served', 'returning', 'returningLater'];

/** The first of each outcome, by name. */
function Who({ whatIf }: { readonly whatIf: WhatIf }) {
  const styles = useWhoStyles();
  const shown = outcomes.filter((outcome) => whatIf.who.some((one) => one.outcome === outcome));
  if (shown.length === 0) return null;
  return (
    <Accordion collapsible multiple>
      {shown.map((outcome) => {
        const named = whatIf.who.filter((one) => one.outcome === outcome);
        const count = countOf(whatIf, outcome);
        return (
          <AccordionItem key={outcome} value={outcome}>
            <AccordionHeader size="small">
              {outcomeNames[outcome]} ({formatNumber(count)})
            </AccordionHeader>
            <AccordionPanel>
              <div className={styles.names}>
                {named.map(({ kind, id, name }) => (
                  <span key={`${kind} ${id ?? name}`}>
                    {id === null ? (
                      name
                    ) : (
                      <RouterLink
                        {...(kind === 'device' ? paths.device(id) : paths.person(id))}
                        target="_blank"
                      >
                        {name}
                      </RouterLink>
                    )}
                  </span>
                ))}
                {count > named.length && (
                  <span className={styles.more}>and {formatNumber(count - named.length)} more</span>
                )}
              </div>
            </AccordionPanel>
          </AccordionItem>
        );
      })}
    </Accordion>
  );
}
