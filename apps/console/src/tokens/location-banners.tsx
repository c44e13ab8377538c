import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import type { LocationAct, Token } from '../api/tokens.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { RelativeTime } from '../ui/relative-time.tsx';

interface LocationBannersProps {
  readonly token: Token;
  readonly onAct: (act: LocationAct) => void;
  readonly onTakeOver: () => void;
}

/** What keeps a location from working, with the way out. */
export function LocationBanners({ token, onAct, onTakeOver }: LocationBannersProps) {
  const { brake, paused, closed, notifications, notificationsError } = token.location;
  return (
    <>
      {token.state !== 'valid' && token.state !== 'unknown' && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Nothing is read from or written to Apple.</MessageBarTitle>
            {token.stateReason ?? 'Renew the token with a new file from Apple.'}
          </MessageBarBody>
          {token.state === 'assignedToExternalMDM' && (
            <MessageBarActions>
              <Button onClick={onTakeOver}>Take over…</Button>
            </MessageBarActions>
          )}
        </MessageBar>
      )}
      {brake !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              {counted(brake.waiting, 'license')} wait for your approval.
            </MessageBarTitle>
            So many would be taken back at once (the limit is {formatNumber(brake.allowed)} a day)
            that Allotment stopped <RelativeTime at={brake.pulledAt} />. Check the groups and
            assignments first. Assigning goes on.
          </MessageBarBody>
          <MessageBarActions>
            <Button onClick={() => onAct('release-brake')}>Take back…</Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {paused !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Paused.</MessageBarTitle>
            {paused.by}, <RelativeTime at={paused.at} />: “{paused.reason}”. Reading goes on;{' '}
            {counted(token.location.openChanges, 'change')} to Apple wait.
          </MessageBarBody>
          <MessageBarActions>
            <Button onClick={() => onAct('resume')}>Resume…</Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {closed !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Nothing is granted in this location.</MessageBarTitle>
            {closed.by} had all licenses taken back <RelativeTime at={closed.at} />: “
            {closed.reason}”. Assignments wait until you open it again.
          </MessageBarBody>
          <MessageBarActions>
            <Button onClick={() => onAct('reopen')}>Open again…</Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {notifications === 'failed' && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Apple does not reach this server.</MessageBarTitle>
            {notificationsError ?? 'Notifications fail.'} Until they work, Apple is asked instead:
            changes show a little later.
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
