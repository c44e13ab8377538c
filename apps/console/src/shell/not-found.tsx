import { MapRegular } from '@fluentui/react-icons/svg/map';
import { paths } from '../paths.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';

export function NotFound() {
  return (
    <EmptyState
      icon={<MapRegular />}
      title="There is no such page"
      action={<RouterLink {...paths.apps()}>Go to apps</RouterLink>}
    >
      The address may be mistyped, or the page was moved.
    </EmptyState>
  );
}
