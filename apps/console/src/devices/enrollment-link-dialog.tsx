import { Combobox, Field, Option, Radio, RadioGroup, Switch } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createEnrollmentLink } from '../api/devices.ts';
import { type Person, peopleQuery } from '../api/groups.ts';
import { LinkDialog } from './link-dialog.tsx';

/** One link for one device: who will use it, whose it is. */
export function EnrollmentLinkDialog({ onClose }: { readonly onClose: () => void }) {
  const [person, setPerson] = useState<Person>();
  const [ownership, setOwnership] = useState<'company' | 'personal'>('company');
  const [kiosk, setKiosk] = useState(false);
  return (
    <LinkDialog
      title="Enroll a device"
      make={async () => createEnrollmentLink({ personId: person?.id, ownership, kiosk })}
      label="Enrollment link"
      made="Open this link on the device. It enrolls one device, once, and is shown only now. It ends"
      onClose={onClose}
    >
      <PersonField onChoose={setPerson} />
      <Field label="Ownership">
        <RadioGroup
          layout="horizontal"
          value={ownership}
          onChange={(_, { value }) => setOwnership(value === 'personal' ? 'personal' : 'company')}
        >
          <Radio value="company" label="Company" />
          <Radio value="personal" label="Personal" />
        </RadioGroup>
      </Field>
      <Field hint="A supervised device that shows one app alone. It takes device licenses only: nobody there can sign in.">
        <Switch label="Kiosk" checked={kiosk} onChange={(_, { checked }) => setKiosk(checked)} />
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
