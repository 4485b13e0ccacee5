/** What the browser gets first. Everything on it comes from this router; no script and no style is in it. */
export const explorerPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>OpsConductor explorer</title>
<link rel="stylesheet" href="/explorer/graphiql.css">
<link rel="stylesheet" href="/explorer/explorer.css">
<form id="sign-in">
<h1>Explorer</h1>
<label>E-mail address <input name="email" type="email" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<details>
<summary>I have an access token or an API key</summary>
<label>Token or key <input name="given" type="password" autocomplete="off"></label>
</details>
<button>Sign in</button>
<p id="message" role="alert"></p>
</form>
<div id="graphiql" hidden></div>
<script src="/explorer/react.js"></script>
<script src="/explorer/react-dom.js"></script>
<script src="/explorer/graphiql.js"></script>
<script src="/explorer/explorer.js"></script>
</html>
`;

// Trap: CodeMirror and the panels of GraphiQL put style elements into the page; scripts are from here only.
export const explorerPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
