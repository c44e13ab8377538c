import {
  Button,
  Caption1,
  DrawerBody,
  DrawerFooter,
  DrawerHeader,
  DrawerHeaderTitle,
  OverlayDrawer,
  Subtitle2,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LicenseScope } from '../api/licenses.ts';
import { type Why, type WhySubject, whyQuery } from '../api/why.ts';
import { LiftHoldsDialog, RevokeDialog } from '../licenses/license-dialogs.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { WhySteps } from './why-steps.tsx';
import { targetWords, whyHeadline } from './why-words.ts';

const useStyles = makeStyles({
  drawer: { width: 'min(560px, 100vw)' },
  title: { overflowWrap: 'anywhere' },
  aside: {
    display: 'block',
    color: tokens.colorNeutralForeground3,
    fontWeight: tokens.fontWeightRegular,
  },
  body: { display: 'grid', gap: tokens.spacingVerticalL, alignContent: 'start' },
  heading: { margin: `0 0 ${tokens.spacingVerticalXS}` },
  targets: { margin: 0, paddingInlineStart: tokens.spacingHorizontalL },
  footer: { flexWrap: 'wrap' },
});

interface WhyDrawerProps {
  readonly subject: WhySubject;
  readonly onClose: () => void;
}

/** The chain from the assignment to the installed app: where it stops, who can mend it, and how (Law 9). */
export function WhyDrawer({ subject, onClose }: WhyDrawerProps) {
  const styles = useStyles();
  const why = useQuery(whyQuery(subject));
  return (
    <OverlayDrawer
      open
      position="end"
      className={styles.drawer}
      onOpenChange={(_, { open }) => !open && onClose()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={
            <Button
              appearance="subtle"
              aria-label="Close"
              icon={<DismissRegular />}
              onClick={onClose}
            />
          }
        >
          <span className={styles.title}>
            {subject.titleName}
            <Caption1 className={styles.aside}>
              {subject.who === 'devices' ? 'on' : 'for'} {subject.whoName}
            </Caption1>
          </span>
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        <QueryView query={why} what="the chain" loading={<RowsSkeleton rows={5} />}>
          {(found) => <Chain why={found} />}
        </QueryView>
      </DrawerBody>
      {why.data !== undefined && <LicenseActs why={why.data} subject={subject} />}
    </OverlayDrawer>
  );
}

function Chain({ why }: { readonly why: Why }) {
  const styles = useStyles();
  return (
    <div className={styles.body}>
      <Text weight="semibold">{whyHeadline(why)}</Text>
      <WhySteps steps={why.steps} />
      {why.targets.length > 1 && (
        <section>
          <Subtitle2 as="h3" block className={styles.heading}>
            Assignments that reach it
          </Subtitle2>
          <ul className={styles.targets}>
            {why.targets.map((target) => (
              <li key={targetWords(target)}>{targetWords(target)}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface LicenseActsProps {
  readonly why: Why;
  readonly subject: WhySubject;
}

/** One license by hand: taken back, or let go. */
function LicenseActs({ why, subject }: LicenseActsProps) {
  const styles = useStyles();
  const [open, setOpen] = useState<'revoke' | 'lift'>();
  const close = (): void => setOpen(undefined);
  const scope = scopeOf(subject, why);
  const hasLicense = why.steps.some(({ step, state }) => step === 'license' && state === 'done');
  if (scope === undefined || (!why.onHold && !hasLicense)) return null;
  const name = `${subject.titleName} on ${subject.whoName}`;
  return (
    <DrawerFooter className={styles.footer}>
      {why.onHold ? (
        <Button onClick={() => setOpen('lift')}>Lift hold…</Button>
      ) : (
        <Button onClick={() => setOpen('revoke')}>Revoke license…</Button>
      )}
      {open === 'revoke' && <RevokeDialog scope={scope} name={name} onClose={close} />}
      {open === 'lift' && <LiftHoldsDialog scope={scope} name={name} onClose={close} />}
    </DrawerFooter>
  );
}

/** The one license in question; undefined where it cannot be taken back, or belongs to somebody else than is shown. */
function scopeOf(subject: WhySubject, { licenseType }: Why): LicenseScope | undefined {
  const { of, titleId: id, who, whoId, serialNumber } = subject;
  if (of === 'books') return undefined;
  if (who === 'people') return { of, id, personIds: [whoId] };
  return serialNumber === undefined || licenseType !== 'device'
    ? undefined
    : { of, id, serialNumbers: [serialNumber] };
}
