import { Spinner, makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useRouteContext } from '@tanstack/react-router';
import { sessionQuery } from '../api/session.ts';
import { FirstStartPage } from '../sign-in/first-start-page.tsx';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { Shell } from './shell.tsx';

const useStyles = makeStyles({
  waiting: { display: 'grid', placeItems: 'center', height: '100%' },
});

/** Shows the screens to whoever is signed in, and everybody else the way in. */
export function Root() {
  const styles = useStyles();
  const session = useQuery(sessionQuery);
  const { firstStartSecret } = useRouteContext({ from: '__root__' });
  return (
    <QueryView
      query={session}
      what="the console"
      loading={
        <div className={styles.waiting}>
          <Spinner label="Loading" />
        </div>
      }
    >
      {(answer) => {
        if (!('signedOut' in answer)) return <Shell session={answer} />;
        if (answer.firstStart) return <FirstStartPage secret={firstStartSecret} />;
        return <SignInPage linkIsVoid={firstStartSecret !== undefined} />;
      }}
    </QueryView>
  );
}
