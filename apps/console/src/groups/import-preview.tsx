import {
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import type { StagedImport } from '../api/groups.ts';
import { counted, formatNumber } from '../format/numbers.ts';

const useStyles = makeStyles({
  table: { '& td': { paddingBlock: tokens.spacingVerticalS } },
  line: { width: '56px' },
  column: { width: 'min(150px, 26vw)', overflowWrap: 'anywhere' },
});

/** What confirming would do, or what is wrong, by line. */
export function ImportPreview({ staged }: { readonly staged: StagedImport }) {
  if (staged.problems.length > 0) return <Problems problems={staged.problems} />;
  const { created = 0, updated = 0, groupsCreated = 0 } = staged.summary ?? {};
  return (
    <MessageBar intent="success" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>The file is fine: {counted(staged.rows, 'row')}.</MessageBarTitle>
        Importing adds {formatNumber(created)} and changes {formatNumber(updated)}
        {groupsCreated > 0 ? `; ${counted(groupsCreated, 'group is', 'groups are')} created` : ''}.
      </MessageBarBody>
    </MessageBar>
  );
}

function Problems({ problems }: Pick<StagedImport, 'problems'>) {
  const styles = useStyles();
  return (
    <>
      <MessageBar intent="error" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>
            {counted(problems.length, 'problem')}; nothing was imported.
          </MessageBarTitle>
          Mend the lines below and choose the file again.
        </MessageBarBody>
      </MessageBar>
      <Table size="small" className={styles.table} aria-label="Problems">
        <TableHeader>
          <TableRow>
            <TableHeaderCell className={styles.line}>Line</TableHeaderCell>
            <TableHeaderCell className={styles.column}>Column</TableHeaderCell>
            <TableHeaderCell>Problem</TableHeaderCell>
          </TableRow>
        </TableHeader>
        <TableBody>
          {problems.map((problem) => (
            <TableRow key={`${problem.line} ${problem.field ?? ''} ${problem.message}`}>
              <TableCell className={styles.line}>{problem.line}</TableCell>
              <TableCell className={styles.column}>{problem.field ?? '—'}</TableCell>
              <TableCell>{problem.message}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </>
  );
}
