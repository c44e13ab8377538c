import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import type { PushCertificate } from '../api/devices.ts';
import { expiryOf, formatDate } from '../format/times.ts';
import { useNow } from '../ui/use-now.ts';

interface PushCertificateBannerProps {
  /** Null: there is none; undefined: not known yet. */
  readonly certificate: PushCertificate | null | undefined;
  readonly onOpen: () => void;
}

/** Stands only when devices cannot be woken, or soon cannot. */
export function PushCertificateBanner({ certificate, onOpen }: PushCertificateBannerProps) {
  const now = useNow();
  const trouble = troubleOf(certificate, now);
  if (trouble === undefined) return null;
  const [title, words] = trouble;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{title}.</MessageBarTitle>
        {words}
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={onOpen}>Push certificate…</Button>
      </MessageBarActions>
    </MessageBar>
  );
}

function troubleOf(
  certificate: PushCertificate | null | undefined,
  now: Date,
): readonly [title: string, words: string] | undefined {
  if (certificate === undefined) return undefined;
  if (certificate === null) {
    return [
      'Upload the push certificate first',
      'Apple’s push service wakes devices when there is something to do. Without the certificate no device can be enrolled.',
    ];
  }
  if (certificate.problem !== null) {
    return ['Apple refuses the push certificate', certificate.problem];
  }
  const expires = new Date(certificate.expiresDateTime);
  const expiry = expiryOf(expires, now);
  if (expiry === 'fine') return undefined;
  return [
    expiry === 'expired' ? 'The push certificate has expired' : 'The push certificate expires soon',
    `${formatDate(expires)}. Renew it with the same Apple ID: with another one every device would have to be enrolled again.`,
  ];
}
