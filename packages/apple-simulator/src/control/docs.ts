interface Operation {
  readonly summary?: string;
  readonly requestBody?: unknown;
}

/** A page that lists the controls of an OpenAPI description, for people. */
export function describeControls(description: { readonly paths?: object }): string {
  const rows = Object.entries(description.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      row(`${method.toUpperCase()} ${path}`, operation),
    ),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Apple in a box</title>
<style>body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f4;padding:.5rem;overflow:auto}</style>
<h1>Apple in a box: controls</h1><p>The same as OpenAPI: ask for <code>application/json</code>.</p>
${rows.join('\n')}</html>`;
}

function row(name: string, { summary = '', requestBody }: Operation): string {
  const body =
    requestBody === undefined ? '' : `<pre>${escape(JSON.stringify(requestBody, null, 2))}</pre>`;
  return `<details><summary><code>${escape(name)}</code> ${escape(summary)}</summary>${body}</details>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
