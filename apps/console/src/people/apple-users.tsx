import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { type AppleUser, appleUsersQuery } from '../api/people.ts';
import { tokensQuery } from '../api/tokens.ts';
import { ReasonCell } from '../status/status-cells.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { SectionNote } from '../ui/section-note.tsx';
import { Section } from '../ui/section.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { accountTroubles, appleUserWord, invitationWords } from './people-words.ts';

const useStyles = makeStyles({
  users: {
    display: 'grid',
    gap: tokens.spacingVerticalXL,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXL} ${tokens.spacingHorizontalXL}`,
  },
  user: { display: 'grid', gap: tokens.spacingVerticalS },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
  },
  place: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** The person as a user of each location at Apple, with the invitation to hand on (behavior 26). */
export function AppleUsers({ personId }: { readonly personId: string }) {
  const styles = useStyles();
  const users = useQuery(appleUsersQuery(personId));
  return (
    <Section title="At Apple">
      <QueryView query={users} what="what Apple knows" loading={<RowsSkeleton rows={1} />}>
        {(all) =>
          all.length === 0 ? (
            <SectionNote>
              Apple does not know this person. A user is created there as soon as a user license is
              assigned to them; device licenses need none.
            </SectionNote>
          ) : (
            <div className={styles.users}>
              {all.map((user) => (
                <User key={user.locationUid} user={user} />
              ))}
            </div>
          )
        }
      </QueryView>
    </Section>
  );
}

function User({ user }: { readonly user: AppleUser }) {
  const styles = useStyles();
  const tokens = useQuery(tokensQuery);
  const location = tokens.data?.find(({ locationUid }) => locationUid === user.locationUid);
  const { word, tone } = appleUserWord(user);
  return (
    <div className={styles.user}>
      <div className={styles.head}>
        <span className={styles.place}>
          {location?.locationName ?? `Location ${user.locationUid}`}
        </span>
        <StateChip tone={tone}>{word}</StateChip>
        {user.underway && <Caption1 className={styles.quiet}>A request to Apple is open</Caption1>}
      </div>
      {user.reason !== null && <ReasonCell reason={user.reason} />}
      {invitationWords(user) !== undefined && (
        <Caption1 className={styles.quiet}>{invitationWords(user)}</Caption1>
      )}
      {accountTroubles(user).map((trouble) => (
        <Caption1 key={trouble}>{trouble}</Caption1>
      ))}
      {user.invitationUrl !== null && (
        <CopyField
          label="Invitation link"
          hint="Hand it on to this person alone: whoever opens it ties their own Apple Account to this person’s licenses."
          text={user.invitationUrl}
        />
      )}
    </div>
  );
}
