import { Link, type LinkProps } from '@fluentui/react-components';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>;
}

/** A link to a screen, in Fluent's looks. */
export const RouterLink = createLink((props: AnchorProps) => (
  <Link {...({ ...props, as: 'a' } as LinkProps)} />
));
