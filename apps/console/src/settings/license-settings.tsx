import { Field, Select, Switch, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type GraceReason,
  type LicensingSettings,
  graceReasons,
  licensingSettingsQuery,
  saveLicensingSettings,
} from '../api/settings.ts';
import { durationOf, minutesIn, units } from './durations.ts';
import { NumberInput, isWhole } from './number-input.tsx';
import { SettingsForm } from './settings-form.tsx';

const useStyles = makeStyles({
  fields: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(240px, 100%), 1fr))',
    gap: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL}`,
    alignItems: 'start',
  },
  duration: { display: 'grid', gridTemplateColumns: '104px 120px', gap: tokens.spacingHorizontalS },
  unit: { minWidth: 0 },
  legend: { padding: 0, marginBottom: tokens.spacingVerticalM, fontWeight: 600 },
  set: { border: 0, margin: 0, padding: 0, minWidth: 0 },
});

const reasonNames: Readonly<Record<GraceReason, string>> = {
  unassigned: 'After an assignment ended',
  excluded: 'After being excluded',
  leftOrganization: 'After a person left',
  deviceRetired: 'After a device left management',
  deviceWiped: 'After a device was wiped',
  deviceDeleted: 'After a device was deleted',
  deviceSilent: 'After a device fell silent',
};

const mostMinutes = 525_600;

function isRight({ devicesPerPerson, silentDays, graceMinutes }: LicensingSettings): boolean {
  return (
    isWhole(devicesPerPerson, 1, 100) &&
    (silentDays === null || isWhole(silentDays, 1, 3650)) &&
    graceReasons.every((reason) => isWhole(graceMinutes[reason], 0, mostMinutes))
  );
}

/** When licenses come back, and how many devices one serves. */
export function LicenseSettings() {
  const styles = useStyles();
  const query = useQuery(licensingSettingsQuery);
  return (
    <SettingsForm
      title="Licenses"
      hint="How far a user license reaches, and how long a license stays after the reason for it has gone. What waits is kept if the reason comes back in time."
      query={query}
      queryKey={licensingSettingsQuery.queryKey}
      save={saveLicensingSettings}
      isRight={isRight}
    >
      {(draft, change) => (
        <>
          <div className={styles.fields}>
            <Field
              label="Devices a user license serves"
              hint="Apple allows five."
              {...(isWhole(draft.devicesPerPerson, 1, 100)
                ? {}
                : { validationMessage: 'A whole number from 1 to 100.' })}
            >
              <NumberInput
                value={draft.devicesPerPerson}
                onChange={(devicesPerPerson) => change({ ...draft, devicesPerPerson })}
              />
            </Field>
            <SilentDays
              value={draft.silentDays}
              onChange={(silentDays) => change({ ...draft, silentDays })}
            />
          </div>
          <fieldset className={styles.set}>
            <legend className={styles.legend}>A license is kept for</legend>
            <div className={styles.fields}>
              {graceReasons.map((reason) => (
                <GraceField
                  key={reason}
                  label={reasonNames[reason]}
                  minutes={draft.graceMinutes[reason]}
                  onChange={(minutes) =>
                    change({
                      ...draft,
                      graceMinutes: { ...draft.graceMinutes, [reason]: minutes },
                    })
                  }
                />
              ))}
            </div>
          </fieldset>
        </>
      )}
    </SettingsForm>
  );
}

interface SilentDaysProps {
  readonly value: number | null;
  readonly onChange: (days: number | null) => void;
}

function SilentDays({ value, onChange }: SilentDaysProps) {
  return (
    <div>
      <Field>
        <Switch
          label="Silent devices give licenses back"
          checked={value !== null}
          onChange={(_, { checked }) => onChange(checked ? 90 : null)}
        />
      </Field>
      {value !== null && (
        <Field
          label="Days without a check-in"
          {...(isWhole(value, 1, 3650)
            ? {}
            : { validationMessage: 'A whole number from 1 to 3,650.' })}
        >
          <NumberInput value={value} onChange={onChange} />
        </Field>
      )}
    </div>
  );
}

interface GraceFieldProps {
  readonly label: string;
  readonly minutes: number;
  readonly onChange: (minutes: number) => void;
}

function GraceField({ label, minutes, onChange }: GraceFieldProps) {
  const styles = useStyles();
  const [unit, setUnit] = useState(() => durationOf(minutes).unit);
  const whole = minutes % minutesIn({ amount: 1, unit }) === 0;
  const shown = whole || Number.isNaN(minutes) ? unit : durationOf(minutes).unit;
  const amount = minutes / minutesIn({ amount: 1, unit: shown });
  return (
    <Field
      label={label}
      {...(isWhole(minutes, 0, mostMinutes)
        ? {}
        : { validationMessage: 'A whole number, a year at most.' })}
    >
      <div className={styles.duration}>
        <NumberInput
          aria-label={label}
          value={amount}
          onChange={(value) => onChange(minutesIn({ amount: value, unit: shown }))}
        />
        <Select
          aria-label={`${label}, unit`}
          className={styles.unit}
          value={shown}
          onChange={(_, { value }) => {
            const chosen = units.find((one) => one === value);
            if (chosen === undefined) return;
            setUnit(chosen);
            onChange(minutesIn({ amount, unit: chosen }));
          }}
        >
          {units.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </Select>
      </div>
    </Field>
  );
}
