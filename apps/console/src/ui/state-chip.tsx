import { Badge } from '@fluentui/react-components';
import type { ReactNode } from 'react';

export type Tone = 'good' | 'busy' | 'attention' | 'bad' | 'quiet';

const colors = {
  good: 'success',
  busy: 'informative',
  attention: 'warning',
  bad: 'danger',
  quiet: 'subtle',
} as const;

interface StateChipProps {
  readonly tone: Tone;
  readonly children: ReactNode;
}

/** A state in a word; the tone only underlines what the word says. */
export function StateChip({ tone, children }: StateChipProps) {
  return (
    <Badge
      appearance={tone === 'quiet' ? 'outline' : 'tint'}
      color={tone === 'quiet' ? 'informative' : colors[tone]}
      shape="rounded"
      size="medium"
    >
      {children}
    </Badge>
  );
}
