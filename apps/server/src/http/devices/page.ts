/** A page for a person with a device: it stands alone, and runs no script. */
export interface Page {
  readonly title: string;
  /** The name of the organization. */
  readonly organization: string;
  /** HTML; what comes from elsewhere is escaped in it. */
  readonly body: string;
}

/** The text of a page; `nonce` is that of the policy it is sent with. */
export function renderPage({ title, organization, body }: Page, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}: ${escapeHtml(organization)}</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; }
  body { font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1.5rem; }
  h1 { font-size: 1.5rem; line-height: 1.2; }
  h2 { font-size: 1.2rem; line-height: 1.3; }
  .note { border-inline-start: 4px solid #0a66c2; padding-inline-start: 1rem; }
  .code { font-family: ui-monospace, monospace; font-size: 1.2em; white-space: nowrap; }
  label { display: block; font-weight: 600; }
  input { font: inherit; box-sizing: border-box; width: 100%; padding: 0.7rem; margin-block: 0.3rem 1rem; border: 1px solid #767676; border-radius: 0.6rem; }
  button { font: inherit; font-weight: 600; width: 100%; padding: 0.8rem; border: 0; border-radius: 0.6rem; background: #0a66c2; color: #fff; }
  button:focus-visible, input:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

/** What a page may do. @param formTargets where its form may lead beside this server */
export function pagePolicy(nonce: string, ...formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
