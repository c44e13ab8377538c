import type { EnrollmentOffer } from '../../devices/index.ts';
import { escapeHtml, type Page } from './page.ts';

/**
 * The page that an enrollment link opens. It uses up nothing: programs that look at links in mails may open it. The
 * profile comes when somebody presses the button, which sends the form.
 */
export function enrollPage(offer: EnrollmentOffer): Page {
  const { organization, renews, signIn } = offer;
  return {
    title: renews ? 'Renew the identity of this device' : 'Enroll this device',
    organization,
    body: `${renews ? renewal : enrollment(offer, escapeHtml(organization))}
${signIn === undefined ? '' : accountSteps(signIn)}
<form method="post"><button type="submit">Download the profile</button></form>
<h2>Then</h2>
<ol>
<li>Allow the download.</li>
<li>Open <strong>Settings</strong> (on a Mac, System Settings), then <strong>Profile Downloaded</strong>, and install it.</li>
</ol>
<p>The link works once, on one device. Open it on the device that is to be enrolled, in Safari.</p>`,
  };
}

/** From iOS 15 and macOS 14 on User Enrollment begins in Settings; since iOS 18 and macOS 15 only there. */
function accountSteps({ account, code }: NonNullable<EnrollmentOffer['signIn']>): string {
  return `<h2>On this device</h2>
<ol>
<li>Open <strong>Settings</strong>, <strong>General</strong>, <strong>VPN &amp; Device Management</strong> (on a Mac, System Settings, General, Device Management), and choose <strong>Sign In to Work or School Account</strong>.</li>
<li>Enter the account <strong>${escapeHtml(account)}</strong>.</li>
<li>When you are asked for a code, enter <strong class="code">${escapeHtml(code)}</strong>. It works once, on one device.</li>
</ol>
<h2>With iOS or iPadOS 14, or macOS 13, or older</h2>
<p>There is no such sign-in on these. Download the profile instead.</p>`;
}

const renewal = `<p>The device gets a new identity in place of the one that ends. Its apps and data stay as they are.</p>`;

function enrollment(offer: EnrollmentOffer, organization: string): string {
  const { person, userEnrollment, kiosk } = offer;
  const whose =
    person === undefined
      ? kiosk
        ? 'This link is for a device that shows one app to whoever stands before it.'
        : 'This link is for a device that nobody uses alone.'
      : `This link is for a device of <strong>${escapeHtml(person)}</strong>.`;
  const sees = userEnrollment
    ? 'sees the device’s model and system and the apps it provides, not your own apps and not the serial number'
    : 'sees the device’s model, serial number, system and storage, and which apps are on it';
  return `<p>${whose}</p>
<p>With the profile, <strong>${organization}</strong> installs, sets up and removes the apps it provides, and ${sees}. It cannot lock or erase the device, and it sees no messages, pictures or places. Whoever removes the profile in Settings ends that.</p>
${person === undefined ? '' : reminder(escapeHtml(person), userEnrollment)}`;
}

/** Behavior 28: a license of a person installs with that person's account and no other. */
function reminder(person: string, userEnrollment: boolean): string {
  return userEnrollment
    ? `<p class="note">The device will ask ${person} to sign in with the Managed Apple Account that the organization made for them.</p>`
    : `<p class="note">Apps that are licensed to ${person} install only while ${person} is signed in to the App Store with <strong>their own Apple Account</strong>. If somebody else used this device before, sign that account out first.</p>`;
}
