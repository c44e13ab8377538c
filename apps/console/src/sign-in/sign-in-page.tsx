import { Field, Input, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionQuery, signIn } from '../api/session.ts';
import { Entrance } from './entrance.tsx';

/** @param props.linkIsVoid the address carried the secret of a first start that is over */
export function SignInPage({ linkIsVoid }: { readonly linkIsVoid: boolean }) {
  const client = useQueryClient();
  const [signInName, setSignInName] = useState('');
  const [password, setPassword] = useState('');
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: async () => client.invalidateQueries(sessionQuery),
  });
  return (
    <Entrance
      title="Sign in"
      act={entering.isPending ? 'Signing in…' : 'Sign in'}
      pending={entering.isPending}
      error={entering.error}
      onSubmit={() => entering.mutate({ signInName, password })}
    >
      {linkIsVoid && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            The link you followed is for the very first start. There is an administrator already:
            sign in below.
          </MessageBarBody>
        </MessageBar>
      )}
      <Field label="Sign-in name">
        <Input
          required
          autoFocus
          autoComplete="username"
          autoCapitalize="none"
          value={signInName}
          onChange={(_, data) => setSignInName(data.value)}
        />
      </Field>
      <Field label="Password">
        <Input
          required
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(_, data) => setPassword(data.value)}
        />
      </Field>
    </Entrance>
  );
}
