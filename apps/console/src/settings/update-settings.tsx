import {
  Combobox,
  Field,
  Input,
  Option,
  Switch,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type DeliverySettings,
  deliverySettingsQuery,
  saveDeliverySettings,
} from '../api/settings.ts';
import { minuteOf, timeOf } from './durations.ts';
import { SettingsForm } from './settings-form.tsx';

const useStyles = makeStyles({
  fields: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(140px, 220px))',
    gap: tokens.spacingHorizontalL,
  },
});

type Window = NonNullable<DeliverySettings['maintenanceWindow']>;

/** When apps may be updated by themselves. */
export function UpdateSettings() {
  const styles = useStyles();
  const query = useQuery(deliverySettingsQuery);
  return (
    <SettingsForm
      title="App updates"
      hint="Where a token updates apps automatically, devices are told within a day of a new version. A maintenance window keeps that to some hours of the day. Installing is never held back."
      query={query}
      queryKey={deliverySettingsQuery.queryKey}
      save={saveDeliverySettings}
      isRight={({ maintenanceWindow: window }) => window === null || window.from !== window.to}
    >
      {({ maintenanceWindow: window }, change) => (
        <>
          <Field>
            <Switch
              label="Only in a maintenance window"
              checked={window !== null}
              onChange={(_, { checked }) =>
                change({ maintenanceWindow: checked ? atNight() : null })
              }
            />
          </Field>
          {window !== null && (
            <div className={styles.fields}>
              <WindowFields
                window={window}
                onChange={(maintenanceWindow) => change({ maintenanceWindow })}
              />
            </div>
          )}
        </>
      )}
    </SettingsForm>
  );
}

/** From ten in the evening to five in the morning, where whoever looks is. */
function atNight(): Window {
  const { timeZone } = new Intl.DateTimeFormat('en-US').resolvedOptions();
  return { from: 22 * 60, to: 5 * 60, timeZone };
}

interface WindowFieldsProps {
  readonly window: Window;
  readonly onChange: (window: Window) => void;
}

function WindowFields({ window, onChange }: WindowFieldsProps) {
  const isEmpty = window.from === window.to;
  return (
    <>
      <Field label="From">
        <Input
          type="time"
          value={timeOf(window.from)}
          onChange={(_, { value }) => onChange({ ...window, from: minuteOf(value) ?? window.from })}
        />
      </Field>
      <Field
        label={window.to < window.from ? 'To, on the next day' : 'To'}
        {...(isEmpty ? { validationMessage: 'The window has to be longer than nothing.' } : {})}
      >
        <Input
          type="time"
          value={timeOf(window.to)}
          onChange={(_, { value }) => onChange({ ...window, to: minuteOf(value) ?? window.to })}
        />
      </Field>
      <TimeZoneField
        value={window.timeZone}
        onChange={(timeZone) => onChange({ ...window, timeZone })}
      />
    </>
  );
}

const mostShown = 60;

interface TimeZoneFieldProps {
  readonly value: string;
  readonly onChange: (timeZone: string) => void;
}

function TimeZoneField({ value, onChange }: TimeZoneFieldProps) {
  const [typed, setTyped] = useState<string>();
  const wanted = typed?.trim().toLowerCase().replaceAll(' ', '_') ?? '';
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')]
    .filter((zone) => zone.toLowerCase().includes(wanted))
    .slice(0, mostShown);
  return (
    <Field label="Time zone">
      <Combobox
        value={typed ?? value}
        selectedOptions={[value]}
        onChange={(event) => setTyped(event.target.value)}
        onOpenChange={(_, { open }) => {
          if (!open) setTyped(undefined);
        }}
        onOptionSelect={(_, { optionValue }) => {
          if (optionValue !== undefined) onChange(optionValue);
          setTyped(undefined);
        }}
      >
        {zones.map((zone) => (
          <Option key={zone} value={zone}>
            {zone}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
