import type { EnrollmentOffer } from '../../devices/index.ts';

/**
 * The page that an enrollment link opens. It uses up nothing: programs that look at links in mails may open it. The
 * profile comes when somebody presses the button, which sends the form.
 */
export function enrollPage(offer: EnrollmentOffer, nonce: string): string {
  const organization = escape(offer.organization);
  const title = offer.renews ? 'Renew the identity of this device' : 'Enroll this device';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}: ${organization}</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; }
  body { font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1.5rem; }
  h1 { font-size: 1.5rem; line-height: 1.2; }
  .note { border-inline-start: 4px solid #0a66c2; padding-inline-start: 1rem; }
  button { font: inherit; font-weight: 600; width: 100%; padding: 0.8rem; border: 0; border-radius: 0.6rem; background: #0a66c2; color: #fff; }
  button:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${offer.renews ? renewal : enrollment(offer, organization)}
<form method="post"><button type="submit">Download the profile</button></form>
<h2>Then</h2>
<ol>
<li>Allow the download.</li>
<li>Open <strong>Settings</strong> (on a Mac, System Settings), then <strong>Profile Downloaded</strong>, and install it.</li>
</ol>
<p>The link works once, on one device. Open it on the device that is to be enrolled, in Safari.</p>
</main>
</body>
</html>
`;
}

const renewal = `<p>The device gets a new identity in place of the one that ends. Its apps and data stay as they are.</p>`;

function enrollment(offer: EnrollmentOffer, organization: string): string {
  const { person, userEnrollment, kiosk } = offer;
  const whose =
    person === undefined
      ? kiosk
        ? 'This link is for a device that shows one app to whoever stands before it.'
        : 'This link is for a device that nobody uses alone.'
      : `This link is for a device of <strong>${escape(person)}</strong>.`;
  const sees = userEnrollment
    ? 'sees the device’s model and system and the apps it provides, not your own apps and not the serial number'
    : 'sees the device’s model, serial number, system and storage, and which apps are on it';
  return `<p>${whose}</p>
<p>With the profile, <strong>${organization}</strong> installs, sets up and removes the apps it provides, and ${sees}. It cannot lock or erase the device, and it sees no messages, pictures or places. Whoever removes the profile in Settings ends that.</p>
${person === undefined ? '' : reminder(escape(person), userEnrollment)}`;
}

/** Behavior 28: a license of a person installs with that person's account and no other. */
function reminder(person: string, userEnrollment: boolean): string {
  return userEnrollment
    ? `<p class="note">The device will ask ${person} to sign in with the Managed Apple Account that the organization made for them.</p>`
    : `<p class="note">Apps that are licensed to ${person} install only while ${person} is signed in to the App Store with <strong>their own Apple Account</strong>. If somebody else used this device before, sign that account out first.</p>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
