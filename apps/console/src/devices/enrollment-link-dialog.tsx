import { Combobox, Field, Option, Radio, RadioGroup } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createEnrollmentLink } from '../api/devices.ts';
import { type Person, peopleQuery } from '../api/groups.ts';
import { LinkDialog } from './link-dialog.tsx';

const kindNames = ['company', 'kiosk', 'personal', 'userEnrollment'] as const;
type Kind = (typeof kindNames)[number];

const kinds = {
  company: {
    label: 'Company device',
    hint: 'It takes device licenses, and those of its user if it has one.',
    link: { ownership: 'company', kiosk: false, userEnrollment: false },
  },
  kiosk: {
    label: 'Kiosk',
    hint: 'A supervised company device that shows one app alone. It takes device licenses only: nobody there can sign in.',
    link: { ownership: 'company', kiosk: true, userEnrollment: false },
  },
  personal: {
    label: 'Personal device',
    hint: 'The device of its user, who can end its management at any time.',
    link: { ownership: 'personal', kiosk: false, userEnrollment: false },
  },
  userEnrollment: {
    label: 'Personal device, by User Enrollment',
    hint: 'It keeps its serial number to itself and takes the licenses of its user only, who needs a Managed Apple Account.',
    link: { ownership: 'personal', kiosk: false, userEnrollment: true },
  },
} as const;

const toKind = (value: string): Kind => kindNames.find((one) => one === value) ?? 'company';

/** One link for one device: who will use it, whose it is. */
export function EnrollmentLinkDialog({ onClose }: { readonly onClose: () => void }) {
  const [person, setPerson] = useState<Person>();
  const [kind, setKind] = useState<Kind>('company');
  return (
    <LinkDialog
      title="Enroll a device"
      make={async () => createEnrollmentLink({ personId: person?.id, ...kinds[kind].link })}
      label="Enrollment link"
      made="Open this link on the device. It enrolls one device, once, and is shown only now. It ends"
      onClose={onClose}
    >
      <PersonField onChoose={setPerson} />
      <Field label="Kind of device" hint={kinds[kind].hint}>
        <RadioGroup value={kind} onChange={(_, { value }) => setKind(toKind(value))}>
          {kindNames.map((one) => (
            <Radio key={one} value={one} label={kinds[one].label} />
          ))}
        </RadioGroup>
      </Field>
    </LinkDialog>
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
