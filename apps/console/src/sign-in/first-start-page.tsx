import { Field, Input } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/http.ts';
import { createFirstAdministrator, sessionQuery } from '../api/session.ts';
import { Entrance } from './entrance.tsx';

/** Makes the first administrator; without the secret of the link it says where the link is. */
export function FirstStartPage({ secret }: { readonly secret: string | undefined }) {
  if (secret !== undefined) return <FirstAdministratorForm secret={secret} />;
  return (
    <Entrance
      title="Welcome"
      words={
        <>
          Nobody can sign in yet. Open the sign-in link that the server printed when it started. It
          is good for one hour; for another one run <code>npm run allotment -- sign-in-link</code>{' '}
          on the server.
        </>
      }
    />
  );
}

function FirstAdministratorForm({ secret }: { readonly secret: string }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [signInName, setSignInName] = useState('');
  const [password, setPassword] = useState('');
  const making = useMutation({
    mutationFn: createFirstAdministrator,
    onSuccess: async () => client.invalidateQueries(sessionQuery),
  });
  const faultOf = (field: string): { readonly validationMessage?: string } =>
    making.error instanceof ApiError && making.error.field === field
      ? { validationMessage: making.error.message }
      : {};
  const isTold = making.error instanceof ApiError && making.error.field !== undefined;
  return (
    <Entrance
      title="Welcome"
      words="You are the first administrator. Choose how you sign in from now on."
      act={making.isPending ? 'Creating…' : 'Create administrator'}
      pending={making.isPending}
      error={isTold ? null : making.error}
      onSubmit={() => making.mutate({ secret, name, signInName, password })}
    >
      <Field label="Your name" {...faultOf('name')}>
        <Input
          required
          autoFocus
          autoComplete="name"
          value={name}
          onChange={(_, data) => setName(data.value)}
        />
      </Field>
      <Field label="Sign-in name" {...faultOf('signInName')}>
        <Input
          required
          autoComplete="username"
          autoCapitalize="none"
          value={signInName}
          onChange={(_, data) => setSignInName(data.value)}
        />
      </Field>
      <Field label="Password" hint="At least 12 characters." {...faultOf('password')}>
        <Input
          required
          minLength={12}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(_, data) => setPassword(data.value)}
        />
      </Field>
    </Entrance>
  );
}
