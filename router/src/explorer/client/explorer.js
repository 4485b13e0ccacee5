/* The explorer in the browser: signs in through the graph, and shows GraphiQL to those who may read the schema. */
/* global React, ReactDOM, GraphiQL, document, fetch, FormData, AbortController, TextDecoderStream */
'use strict';

const ENDPOINT = '/graphql';
const form = document.getElementById('sign-in');
const message = document.getElementById('message');
/* Kept in memory only: it ends with the page. */
let token = null;
let isShown = false;

async function ask(query, variables, signal) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: headersOf('application/graphql-response+json'),
    body: JSON.stringify({ query, variables }),
    signal,
  });
  return response.json();
}

function headersOf(accept) {
  const headers = { 'content-type': 'application/json', accept };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  return headers;
}

const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { __typename ... on SignedIn { accessToken } ... on Refusal { message } }
}`;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { email, password, given } = Object.fromEntries(new FormData(form));
  form.elements.password.value = '';
  say('');
  try {
    token = given.trim() === '' ? await signIn(email, password) : given.trim();
    await requireReader();
    form.elements.given.value = '';
    show();
  } catch (error) {
    token = null;
    say(error.message);
  }
});

async function signIn(email, password) {
  const { data, errors } = await ask(SIGN_IN, { input: { email, password } });
  const answer = data?.signIn;
  if (answer?.accessToken) return answer.accessToken;
  throw new Error(
    answer?.message ?? errors?.[0]?.message ?? 'This sign-in needs another step: paste an access token instead.',
  );
}

async function requireReader() {
  const { data, errors } = await ask('{ viewer { permissions } }');
  if (!data) throw new Error(errors?.[0]?.message ?? 'The sign-in was not accepted.');
  if (!data.viewer.permissions.includes('schema:read'))
    throw new Error('The explorer needs the permission schema:read, which you do not have.');
}

function say(text) {
  message.textContent = text;
}

function show() {
  form.hidden = true;
  if (isShown) return;
  isShown = true;
  const root = document.getElementById('graphiql');
  root.hidden = false;
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, shouldPersistHeaders: false }));
}

function requireSignIn(errors) {
  if (!errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) return;
  token = null;
  say('The access token has expired. Sign in again; what you wrote stays.');
  form.hidden = false;
}

function fetcher({ query, variables, operationName }, options) {
  const isSubscription = options?.documentAST?.definitions.some(
    (definition) =>
      definition.operation === 'subscription' && (!operationName || definition.name?.value === operationName),
  );
  return isSubscription ? subscribe({ query, variables, operationName }) : answer({ query, variables, operationName });
}

async function answer(body) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: headersOf('application/graphql-response+json'),
    body: JSON.stringify(body),
  });
  const result = await response.json();
  requireSignIn(result.errors);
  return result;
}

/* Server-sent events (graphql-sse, distinct connections). Ending the iteration ends the request. */
async function* subscribe(body) {
  const leave = new AbortController();
  try {
    const response = await fetch(ENDPOINT, {
      method: 'POST',
      headers: headersOf('text/event-stream'),
      body: JSON.stringify(body),
      signal: leave.signal,
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let buffer = ''; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (buffer + value).split('\n\n');
      buffer = events.pop();
      for (const event of events) {
        const lines = event.split('\n');
        if (lines.includes('event: complete')) return;
        const data = lines.find((line) => line.startsWith('data: '));
        if (!data) continue;
        const result = JSON.parse(data.slice('data: '.length));
        requireSignIn(result.errors);
        yield result;
      }
    }
  } finally {
    leave.abort();
  }
}
