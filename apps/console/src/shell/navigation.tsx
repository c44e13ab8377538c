import { makeStyles, tokens } from '@fluentui/react-components';
import { AlertFilled, AlertRegular } from '@fluentui/react-icons/svg/alert';
import { AppsFilled, AppsRegular } from '@fluentui/react-icons/svg/apps';
import { BookFilled, BookRegular } from '@fluentui/react-icons/svg/book';
import { HistoryFilled, HistoryRegular } from '@fluentui/react-icons/svg/history';
import { KeyFilled, KeyRegular } from '@fluentui/react-icons/svg/key';
import { PeopleTeamFilled, PeopleTeamRegular } from '@fluentui/react-icons/svg/people-team';
import { PersonFilled, PersonRegular } from '@fluentui/react-icons/svg/person';
import { PhoneTabletFilled, PhoneTabletRegular } from '@fluentui/react-icons/svg/phone-tablet';
import { SettingsFilled, SettingsRegular } from '@fluentui/react-icons/svg/settings';
import { Link } from '@tanstack/react-router';
import { paths } from '../paths.ts';

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: tokens.spacingHorizontalS,
    display: 'grid',
    gap: '2px',
  },
  link: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    '& svg': { fontSize: '20px', flexShrink: 0 },
    '& .filled': { display: 'none' },
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    '&[aria-current=page]': {
      backgroundColor: tokens.colorSubtleBackgroundSelected,
      color: tokens.colorNeutralForeground1,
      fontWeight: tokens.fontWeightSemibold,
      '& .filled': { display: 'inline', color: tokens.colorBrandForeground1 },
      '& .regular': { display: 'none' },
    },
    '&[aria-current=page]:hover': { backgroundColor: tokens.colorSubtleBackgroundSelected },
  },
});

const screens = [
  { name: 'Apps', path: paths.apps(), Icon: AppsRegular, Chosen: AppsFilled },
  { name: 'Books', path: paths.books(), Icon: BookRegular, Chosen: BookFilled },
  { name: 'Devices', path: paths.devices(), Icon: PhoneTabletRegular, Chosen: PhoneTabletFilled },
  { name: 'People', path: paths.people(), Icon: PersonRegular, Chosen: PersonFilled },
  { name: 'Groups', path: paths.groups(), Icon: PeopleTeamRegular, Chosen: PeopleTeamFilled },
  { name: 'Tokens', path: paths.tokens(), Icon: KeyRegular, Chosen: KeyFilled },
  { name: 'Alerts', path: paths.alerts(), Icon: AlertRegular, Chosen: AlertFilled },
  { name: 'Audit', path: paths.audit(), Icon: HistoryRegular, Chosen: HistoryFilled },
  { name: 'Settings', path: paths.settings(), Icon: SettingsRegular, Chosen: SettingsFilled },
] as const;

/** The screens, the one in sight marked. */
export function Navigation({ onChoose }: { readonly onChoose?: () => void }) {
  const styles = useStyles();
  return (
    <nav aria-label="Main">
      <ul className={styles.list}>
        {screens.map(({ name, path, Icon, Chosen }) => (
          <li key={name}>
            <Link
              {...path}
              className={styles.link}
              activeOptions={{ includeSearch: false }}
              activeProps={{ 'aria-current': 'page' }}
              {...(onChoose === undefined ? {} : { onClick: onChoose })}
            >
              <Icon className="regular" aria-hidden />
              <Chosen className="filled" aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
