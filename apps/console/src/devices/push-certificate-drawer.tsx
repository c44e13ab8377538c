import { Body1, Link, Switch } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pushRequestQuery } from '../api/device-enrollment.ts';
import { type PushCertificate, pushCertificateQuery, setPushCertificate } from '../api/devices.ts';
import { formatDate } from '../format/times.ts';
import { Facts } from '../ui/facts.tsx';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { PemField } from './pem-field.tsx';
import { PushRequestFields } from './push-request-fields.tsx';

interface PushCertificateDrawerProps {
  readonly present: PushCertificate | null;
  readonly onClose: () => void;
}

/** From a request that this server makes to the certificate that Apple makes of it; or one with a key of its own. */
export function PushCertificateDrawer({ present, onClose }: PushCertificateDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const request = useQuery(pushRequestQuery);
  const [certificate, setCertificate] = useState('');
  const [key, setKey] = useState('');
  const [ownKey, setOwnKey] = useState<boolean>();
  const withKey = ownKey ?? (request.data ?? null) === null;
  const saving = useMutation({
    mutationFn: setPushCertificate,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: pushCertificateQuery.queryKey });
      notify.done('Push certificate saved');
      onClose();
    },
  });
  return (
    <FormDrawer
      title="Push certificate"
      act={saving.isPending ? 'Saving…' : 'Save'}
      pending={saving.isPending}
      disabled={certificate === '' || (withKey && key === '')}
      error={saving.error}
      onSubmit={() => saving.mutate({ certificate, ...(withKey ? { key } : {}) })}
      onClose={onClose}
    >
      <Body1>
        Apple’s push service wakes devices so that they check in. The certificate comes from{' '}
        <Link href="https://identity.apple.com/pushcert" target="_blank" rel="noreferrer" inline>
          Apple’s push certificates portal
        </Link>{' '}
        for a request that an MDM vendor has signed, and is good for a year. Renew it with the same
        Apple ID: with another one its topic changes, and every device would have to be enrolled
        again.
      </Body1>
      {present !== null && (
        <Facts
          facts={[
            ['Present topic', present.topic],
            ['Good until', formatDate(new Date(present.expiresDateTime))],
          ]}
        />
      )}
      <PushRequestFields request={request} />
      <PemField label="Certificate (PEM)" value={certificate} onChange={setCertificate} />
      <Switch
        label="It comes with a key of its own"
        checked={withKey}
        disabled={(request.data ?? null) === null}
        onChange={(_, { checked }) => setOwnKey(checked)}
      />
      {withKey && (
        <PemField label="Private key (PEM, without a password)" value={key} onChange={setKey} />
      )}
    </FormDrawer>
  );
}
