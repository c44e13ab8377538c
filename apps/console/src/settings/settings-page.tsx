import { Page } from '../ui/page.tsx';
import { AlertSettings } from './alert-settings.tsx';
import { LicenseSettings } from './license-settings.tsx';
import { PushCertificateSection } from './push-certificate-section.tsx';
import { ScepSection } from './scep-section.tsx';
import { ServerTokensSection } from './server-tokens-section.tsx';
import { TokenSettings } from './token-settings.tsx';
import { UpdateSettings } from './update-settings.tsx';

/** What holds for all tokens, apps and devices. */
export function SettingsPage() {
  return (
    <Page title="Settings" aside="For all tokens, apps and devices">
      <LicenseSettings />
      <UpdateSettings />
      <AlertSettings />
      <TokenSettings />
      <PushCertificateSection />
      <ScepSection />
      <ServerTokensSection />
    </Page>
  );
}
