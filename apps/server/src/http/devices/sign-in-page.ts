import { escapeHtml, type Page } from './page.ts';

/**
 * The page on which somebody who enrolls their own device with their Managed Apple Account enters the code of their
 * link.
 *
 * @param refusal why the code before was not taken
 */
export function signInPage(
  organization: string,
  account: string | undefined,
  refusal: string | undefined,
): Page {
  return {
    title: 'Enroll your device',
    organization,
    body: `${refusal === undefined ? '' : `<p class="note" role="alert">${escapeHtml(refusal)}</p>`}
<p>${account === undefined ? 'To enroll' : `To enroll with the account <strong>${escapeHtml(account)}</strong>`}, enter the code that the page of your enrollment link shows. You have the link from ${escapeHtml(organization)}.</p>
<form method="post">
<label for="code">Code</label>
<input id="code" name="code" required maxlength="64" autocomplete="one-time-code" autocapitalize="characters" autocorrect="off" spellcheck="false">
<button type="submit">Continue</button>
</form>`,
  };
}
