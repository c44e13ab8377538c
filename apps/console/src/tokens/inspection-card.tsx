import {
  Checkbox,
  Field,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Button,
} from '@fluentui/react-components';
import type { TokenInspection } from '../api/tokens.ts';
import { formatDate } from '../format/times.ts';
import { Facts } from '../ui/facts.tsx';
import { Surface } from '../ui/surface.tsx';

interface InspectionCardProps {
  readonly inspection: TokenInspection;
  readonly takesOver: boolean;
  readonly onTakeOver: (takesOver: boolean) => void;
  readonly onRenew: (tokenId: string) => void;
  /** A second token of the location is wanted all the same. */
  readonly isDuplicate: boolean;
  readonly onDuplicate: (isDuplicate: boolean) => void;
}

/** What a token file stands for, and what stands in its way. */
export function InspectionCard(props: InspectionCardProps) {
  const { inspection, takesOver, onTakeOver, onRenew, isDuplicate, onDuplicate } = props;
  const { owner, present } = inspection;
  return (
    <>
      <Surface padded>
        <Facts
          facts={[
            ['Organization', inspection.organizationName],
            ['Location', inspection.locationName],
            ['Expires', formatDate(new Date(inspection.expirationDateTime))],
            ['Managed by', owner === null ? 'Nobody yet' : owner.ours ? 'Allotment' : owner.name],
          ]}
        />
      </Surface>
      {present !== null && (
        <>
          <MessageBar intent="info" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>This location is here already.</MessageBarTitle>
              The token “{present.displayName}” stands for it. Renew that token with this file: its
              apps and assignments stay as they are.
            </MessageBarBody>
            <MessageBarActions>
              <Button onClick={() => onRenew(present.id)}>Renew “{present.displayName}”</Button>
            </MessageBarActions>
          </MessageBar>
          <Field hint="It reads nothing and takes over when the first one wears out. Deleting either leaves the apps alone as long as the other stands.">
            <Checkbox
              label="Keep this one beside it, as a duplicate"
              checked={isDuplicate}
              onChange={(_, data) => onDuplicate(data.checked === true)}
            />
          </Field>
        </>
      )}
      {present === null && owner !== null && !owner.ours && (
        <>
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>Another product manages this location.</MessageBarTitle>
              {owner.name} does. Apple does not support two at once. Remove the token there and
              generate a fresh one, or take the location over: {owner.name} then loses it.
            </MessageBarBody>
          </MessageBar>
          <Checkbox
            label={`Take control of the token from ${owner.name}`}
            checked={takesOver}
            onChange={(_, data) => onTakeOver(data.checked === true)}
          />
        </>
      )}
    </>
  );
}
