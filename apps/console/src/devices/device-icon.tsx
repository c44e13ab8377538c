import { makeStyles, tokens } from '@fluentui/react-components';
import { LaptopRegular } from '@fluentui/react-icons/svg/laptop';
import { PhoneRegular } from '@fluentui/react-icons/svg/phone';
import { TabletRegular } from '@fluentui/react-icons/svg/tablet';

const useStyles = makeStyles({
  icon: { fontSize: '24px', flexShrink: 0, color: tokens.colorNeutralForeground3 },
});

export function DeviceIcon({ family }: { readonly family: string | null }) {
  const { icon } = useStyles();
  if (family === 'Mac') return <LaptopRegular className={icon} aria-label="Mac" />;
  if (family === 'iPad') return <TabletRegular className={icon} aria-label="iPad" />;
  return <PhoneRegular className={icon} aria-label={family ?? 'Device'} />;
}
