import { Body1, MessageBar, MessageBarBody } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { EnrollmentLink } from '../api/devices.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';

interface MadeLinkProps {
  readonly link: EnrollmentLink;
  readonly label: string;
  /** What to do with it; the time when it ends follows. */
  readonly children: ReactNode;
}

/** A one-time link, shown once, with what to see to on the device (behavior 28). */
export function MadeLink({ link, label, children }: MadeLinkProps) {
  return (
    <>
      <Body1>
        {children} <RelativeTime at={link.expiresDateTime} />.
      </Body1>
      <CopyField label={label} text={link.url} />
      {link.reminder !== null && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>{link.reminder}</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
