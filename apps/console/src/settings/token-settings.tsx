import { Field } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { librarySettingsQuery, saveLibrarySettings } from '../api/settings.ts';
import { NumberInput, isWhole } from './number-input.tsx';
import { SettingsForm } from './settings-form.tsx';

const highest = 3000;

/** How many content tokens there may be (behavior 23). */
export function TokenSettings() {
  const query = useQuery(librarySettingsQuery);
  return (
    <SettingsForm
      title="Content tokens"
      hint="One more than this is refused. Tokens that are here already stay."
      query={query}
      queryKey={librarySettingsQuery.queryKey}
      save={saveLibrarySettings}
      isRight={({ tokenLimit }) => isWhole(tokenLimit, 1, highest)}
    >
      {({ tokenLimit }, change) => (
        <Field
          label="Tokens at most"
          {...(isWhole(tokenLimit, 1, highest)
            ? {}
            : { validationMessage: 'A whole number from 1 to 3,000.' })}
        >
          <NumberInput value={tokenLimit} onChange={(value) => change({ tokenLimit: value })} />
        </Field>
      )}
    </SettingsForm>
  );
}
