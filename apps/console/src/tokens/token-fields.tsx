import {
  Combobox,
  Field,
  Input,
  Option,
  Radio,
  RadioGroup,
  Switch,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/http.ts';
import { type AccountType, type Country, countriesQuery } from '../api/tokens.ts';

/** What a person says about a token. */
export interface TokenDraft {
  readonly displayName: string;
  readonly appleId: string;
  /** ISO 3166-1 alpha-2. */
  readonly countryOrRegion: string;
  readonly vppTokenAccountType: AccountType;
  readonly automaticallyUpdateApps: boolean;
}

interface TokenFieldsProps {
  readonly draft: TokenDraft;
  readonly onChange: (draft: TokenDraft) => void;
  readonly error: Error | null;
}

/** The fields that creating and editing a token share. */
export function TokenFields({ draft, onChange, error }: TokenFieldsProps) {
  const faultOf = (field: keyof TokenDraft): { readonly validationMessage?: string } =>
    error instanceof ApiError && error.field === field ? { validationMessage: error.message } : {};
  return (
    <>
      <Field label="Display name" required {...faultOf('displayName')}>
        <Input
          value={draft.displayName}
          onChange={(_, { value }) => onChange({ ...draft, displayName: value })}
        />
      </Field>
      <Field
        label="Apple ID"
        required
        hint="The Managed Apple ID that downloaded the token, so that you find out later who can renew it."
        {...faultOf('appleId')}
      >
        <Input
          type="email"
          placeholder="manager@example.org"
          value={draft.appleId}
          onChange={(_, { value }) => onChange({ ...draft, appleId: value })}
        />
      </Field>
      <CountryField
        code={draft.countryOrRegion}
        onChange={(code) => onChange({ ...draft, countryOrRegion: code })}
        fault={faultOf('countryOrRegion')}
      />
      <Field label="Account type">
        <RadioGroup
          layout="horizontal"
          value={draft.vppTokenAccountType}
          onChange={(_, { value }) =>
            onChange({
              ...draft,
              vppTokenAccountType: value === 'education' ? 'education' : 'business',
            })
          }
        >
          <Radio value="business" label="Business" />
          <Radio value="education" label="Education" />
        </RadioGroup>
      </Field>
      <Field hint="When Apple publishes a newer version, devices get it at their next check-in.">
        <Switch
          label="Automatic app updates"
          checked={draft.automaticallyUpdateApps}
          onChange={(_, { checked }) => onChange({ ...draft, automaticallyUpdateApps: checked })}
        />
      </Field>
    </>
  );
}

interface CountryFieldProps {
  readonly code: string;
  readonly onChange: (code: string) => void;
  readonly fault: { readonly validationMessage?: string };
}

function CountryField({ code, onChange, fault }: CountryFieldProps) {
  const countries = useQuery(countriesQuery);
  const [typed, setTyped] = useState<string>();
  const all = countries.data ?? [];
  const chosen = all.find((country) => country.code.toLowerCase() === code.toLowerCase());
  return (
    <Field
      label="Country or region"
      required
      hint="The App Store that names, prices and icons come from."
      {...fault}
    >
      <Combobox
        value={typed ?? chosen?.name ?? code.toUpperCase()}
        selectedOptions={[code.toLowerCase()]}
        onChange={(event) => setTyped(event.target.value)}
        onOpenChange={(_, { open }) => {
          if (!open) setTyped(undefined);
        }}
        onOptionSelect={(_, { optionValue }) => {
          if (optionValue !== undefined) onChange(optionValue);
          setTyped(undefined);
        }}
      >
        {matching(all, typed).map((country) => (
          <Option key={country.code} value={country.code.toLowerCase()}>
            {country.name}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

function matching(countries: readonly Country[], typed: string | undefined): readonly Country[] {
  const wanted = typed?.trim().toLowerCase();
  if (wanted === undefined || wanted === '') return countries;
  return countries.filter(
    ({ name, code }) => name.toLowerCase().includes(wanted) || code.toLowerCase() === wanted,
  );
}
