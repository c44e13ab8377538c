import {
  Body1,
  Button,
  Combobox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Option,
  Radio,
  RadioGroup,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { CopyRegular } from '@fluentui/react-icons/svg/copy';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type EnrollmentLink, createEnrollmentLink } from '../api/devices.ts';
import { type Person, peopleQuery } from '../api/groups.ts';
import { useNotify } from '../ui/notify.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';

const useStyles = makeStyles({
  content: { display: 'grid', gap: tokens.spacingVerticalL },
});

/** One link for one device: who will use it, whose it is. */
export function EnrollmentLinkDialog({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const [person, setPerson] = useState<Person>();
  const [ownership, setOwnership] = useState<'company' | 'personal'>('company');
  const making = useMutation({
    mutationFn: async () => createEnrollmentLink({ personId: person?.id, ownership }),
  });
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Enroll a device</DialogTitle>
          <DialogContent className={styles.content}>
            {making.data === undefined ? (
              <>
                <PersonField onChoose={setPerson} />
                <Field label="Ownership">
                  <RadioGroup
                    layout="horizontal"
                    value={ownership}
                    onChange={(_, { value }) =>
                      setOwnership(value === 'personal' ? 'personal' : 'company')
                    }
                  >
                    <Radio value="company" label="Company" />
                    <Radio value="personal" label="Personal" />
                  </RadioGroup>
                </Field>
                {making.error !== null && (
                  <MessageBar intent="error" layout="multiline">
                    <MessageBarBody>{making.error.message}</MessageBarBody>
                  </MessageBar>
                )}
              </>
            ) : (
              <MadeLink link={making.data} />
            )}
          </DialogContent>
          <DialogActions>
            {making.data === undefined && (
              <Button
                appearance="primary"
                disabled={making.isPending}
                onClick={() => making.mutate()}
              >
                Create link
              </Button>
            )}
            <Button onClick={onClose}>{making.data === undefined ? 'Cancel' : 'Close'}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function PersonField({ onChoose }: { readonly onChoose: (person: Person | undefined) => void }) {
  const [typed, setTyped] = useState('');
  const people = useQuery({ ...peopleQuery(typed), placeholderData: keepPreviousData });
  const found = people.data ?? [];
  return (
    <Field label="User" hint="Leave it empty for a device without a user.">
      <Combobox
        clearable
        freeform={false}
        placeholder="Search people"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          onChoose(undefined);
        }}
        onOptionSelect={(_, { optionValue, optionText }) => {
          setTyped(optionText ?? '');
          onChoose(found.find(({ id }) => id === optionValue));
        }}
      >
        {found.map((person) => (
          <Option key={person.id} value={person.id} text={person.displayName}>
            {person.displayName} ({person.userPrincipalName})
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

function MadeLink({ link }: { readonly link: EnrollmentLink }) {
  const notify = useNotify();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link.url);
      notify.done('Link copied');
    } catch (error) {
      notify.failed(
        'The browser did not allow copying; select the link and copy it',
        asError(error),
      );
    }
  };
  return (
    <>
      <Body1>
        Open this link on the device. It enrolls one device, once, and is shown only now. It ends{' '}
        <RelativeTime at={link.expiresDateTime} />.
      </Body1>
      <Field label="Enrollment link">
        <Input
          readOnly
          value={link.url}
          onFocus={(event) => event.target.select()}
          contentAfter={
            <Button
              appearance="transparent"
              size="small"
              icon={<CopyRegular />}
              aria-label="Copy link"
              onClick={() => void copy()}
            />
          }
        />
      </Field>
    </>
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
