import { Body1, Link } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type PushCertificate, pushCertificateQuery, setPushCertificate } from '../api/devices.ts';
import { formatDate } from '../format/times.ts';
import { Facts } from '../ui/facts.tsx';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { PemField } from './pem-field.tsx';

interface PushCertificateDrawerProps {
  readonly present: PushCertificate | null;
  readonly onClose: () => void;
}

export function PushCertificateDrawer({ present, onClose }: PushCertificateDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [certificate, setCertificate] = useState('');
  const [key, setKey] = useState('');
  const saving = useMutation({
    mutationFn: setPushCertificate,
    onSuccess: async () => {
      await client.invalidateQueries(pushCertificateQuery);
      notify.done('Push certificate saved');
      onClose();
    },
  });
  return (
    <FormDrawer
      title="Push certificate"
      act={saving.isPending ? 'Saving…' : 'Save'}
      pending={saving.isPending}
      disabled={certificate === '' || key === ''}
      error={saving.error}
      onSubmit={() => saving.mutate({ certificate, key })}
      onClose={onClose}
    >
      <Body1>
        Apple’s push service wakes devices so that they check in. The certificate comes from{' '}
        <Link href="https://identity.apple.com/pushcert" target="_blank" rel="noreferrer" inline>
          Apple’s push certificates portal
        </Link>{' '}
        for a signing request of your MDM vendor certificate, and is good for a year. Renew it with
        the same Apple ID: with another one its topic changes, and every device would have to be
        enrolled again.
      </Body1>
      {present !== null && (
        <Facts
          facts={[
            ['Present topic', present.topic],
            ['Good until', formatDate(new Date(present.expiresDateTime))],
          ]}
        />
      )}
      <PemField label="Certificate (PEM)" value={certificate} onChange={setCertificate} />
      <PemField label="Private key (PEM, without a password)" value={key} onChange={setKey} />
    </FormDrawer>
  );
}
