import { Field, Input, makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { alertSettingsQuery, saveAlertSettings } from '../api/settings.ts';
import { SettingsForm } from './settings-form.tsx';

const useStyles = makeStyles({ number: { width: '120px', minWidth: 0 } });

const isPercent = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 100;

/** From which use of its licenses on an app is pointed out. */
export function AlertSettings() {
  const styles = useStyles();
  const query = useQuery(alertSettingsQuery);
  return (
    <SettingsForm
      title="Alerts"
      hint="Apps whose licenses run short are told before they are used up."
      query={query}
      queryKey={alertSettingsQuery.queryKey}
      save={saveAlertSettings}
      isRight={({ lowLicensesPercent }) => isPercent(lowLicensesPercent)}
    >
      {({ lowLicensesPercent }, change) => (
        <Field
          label="Licenses in use"
          hint="From this share on an app is pointed out."
          {...(isPercent(lowLicensesPercent)
            ? {}
            : { validationMessage: 'A whole number from 1 to 100.' })}
        >
          <Input
            type="number"
            min={1}
            max={100}
            className={styles.number}
            contentAfter="%"
            value={Number.isNaN(lowLicensesPercent) ? '' : String(lowLicensesPercent)}
            onChange={(_, { value }) =>
              change({ lowLicensesPercent: value === '' ? Number.NaN : Number(value) })
            }
          />
        </Field>
      )}
    </SettingsForm>
  );
}
