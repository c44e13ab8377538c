import { Button, Field, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type PushRequest,
  discardPushRequest,
  makePushRequest,
  pushRequestQuery,
} from '../api/device-enrollment.ts';
import { formatDate } from '../format/times.ts';
import { download } from '../ui/download.ts';
import { useNotify } from '../ui/notify.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';

const useStyles = makeStyles({
  request: { display: 'grid', gap: tokens.spacingVerticalM },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  organization: { display: 'grid', gap: tokens.spacingVerticalS, justifyItems: 'start' },
  field: { width: '100%' },
});

interface PushRequestFieldsProps {
  readonly request: UseQueryResult<PushRequest | null>;
}

/** The request for the next certificate; its key never leaves this server. */
export function PushRequestFields({ request }: PushRequestFieldsProps) {
  return (
    <Surface padded>
      <QueryView query={request} what="the request" loading={<RowsSkeleton rows={1} />}>
        {(found) => (found === null ? <NewRequest /> : <Waiting request={found} />)}
      </QueryView>
    </Surface>
  );
}

function NewRequest() {
  const styles = useStyles();
  const client = useQueryClient();
  const [organization, setOrganization] = useState('');
  const making = useMutation({
    mutationFn: async () => makePushRequest(organization.trim()),
    onSuccess: async (made) => {
      download('allotment-push-request.csr', made.request);
      await client.invalidateQueries(pushRequestQuery);
    },
  });
  return (
    <div className={styles.organization}>
      <Field
        className={styles.field}
        label="Organization"
        hint="Make a request here: its key then never leaves this server. An MDM vendor signs it, and Apple’s portal makes the certificate of it."
        {...(making.error === null ? {} : { validationMessage: making.error.message })}
      >
        <Input value={organization} onChange={(_, { value }) => setOrganization(value)} />
      </Field>
      <Button
        disabled={organization.trim() === '' || making.isPending}
        onClick={() => making.mutate()}
      >
        Make a request
      </Button>
    </div>
  );
}

function Waiting({ request }: { readonly request: PushRequest }) {
  const styles = useStyles();
  const client = useQueryClient();
  const notify = useNotify();
  const discarding = useMutation({
    mutationFn: discardPushRequest,
    onSuccess: async () => client.invalidateQueries(pushRequestQuery),
    onError: (error) => notify.failed('The request is still there', error),
  });
  return (
    <div className={styles.request}>
      <Text>
        A request for {request.organization} of {formatDate(new Date(request.createdDateTime))}{' '}
        waits for its certificate. Its key is kept here.
      </Text>
      <div className={styles.buttons}>
        <Button onClick={() => download('allotment-push-request.csr', request.request)}>
          Download request
        </Button>
        <Button disabled={discarding.isPending} onClick={() => discarding.mutate()}>
          Discard request
        </Button>
      </div>
    </div>
  );
}
