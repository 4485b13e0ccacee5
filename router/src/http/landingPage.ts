import { createHash } from 'node:crypto';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c2430;background:#fff}
code{background:#eef1f5;border-radius:4px;padding:.1em .3em}
@media (prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}code{background:#242b33}a{color:#8ab4f8}}`;

/** Says to a person what answers here. Nothing on it comes from anywhere else. */
export const landingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>OpsConductor</title>
<style>${STYLE}</style>
<h1>OpsConductor</h1>
<p>An operations platform behind one GraphQL graph. This is its API.</p>
<ul>
<li>Queries and mutations: <code>POST /graphql</code> with <code>content-type: application/json</code></li>
<li>Subscriptions: WebSocket (<code>graphql-transport-ws</code>) on <code>/graphql</code>, or <code>POST /graphql</code> with <code>accept: text/event-stream</code></li>
<li>For people: the <a href="/explorer">explorer</a></li>
<li>Health: <a href="/live">/live</a>, <a href="/ready">/ready</a></li>
</ul>
<p>Everything but signing in needs an access token: <code>authorization: Bearer ...</code></p>
</html>
`;

export const landingPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
