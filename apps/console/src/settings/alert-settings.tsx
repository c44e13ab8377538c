import { Field } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { alertSettingsQuery, saveAlertSettings } from '../api/settings.ts';
import { NumberInput, isWhole } from './number-input.tsx';
import { SettingsForm } from './settings-form.tsx';

/** From which use of its licenses on an app is pointed out. */
export function AlertSettings() {
  const query = useQuery(alertSettingsQuery);
  return (
    <SettingsForm
      title="Alerts"
      hint="Apps whose licenses run short are told before they are used up."
      query={query}
      queryKey={alertSettingsQuery.queryKey}
      save={saveAlertSettings}
      isRight={({ lowLicensesPercent }) => isWhole(lowLicensesPercent, 1, 100)}
    >
      {({ lowLicensesPercent }, change) => (
        <Field
          label="Licenses in use"
          hint="From this share on an app is pointed out."
          {...(isWhole(lowLicensesPercent, 1, 100)
            ? {}
            : { validationMessage: 'A whole number from 1 to 100.' })}
        >
          <NumberInput
            unit="%"
            value={lowLicensesPercent}
            onChange={(value) => change({ lowLicensesPercent: value })}
          />
        </Field>
      )}
    </SettingsForm>
  );
}
