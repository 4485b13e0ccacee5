import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupFault } from '@opsconductor/process';
import { connectGraph, expectType } from '@opsconductor/testkit';

/** Who the demo signs in as. Kept in the demo's data directory, readable by this user only. */
export interface DemoAccount {
  readonly email: string;
  readonly password: string;
}

/** Signs in as the demo's administrator, who is created at the first start. @returns the account and an access token */
export async function signInToDemo(
  url: string,
  directory: string,
  setupSecret: string | undefined,
): Promise<{ account: DemoAccount; accessToken: string }> {
  const file = join(directory, 'demo-account.json');
  if (setupSecret === undefined) {
    const account = await readAccount(file);
    return { account, accessToken: await signIn(url, account) };
  }
  const account = { email: 'admin@demo.example', password: randomBytes(15).toString('base64url') };
  await writeFile(file, JSON.stringify(account), { mode: 0o600 });
  return { account, accessToken: await completeSetup(url, setupSecret, account) };
}

async function readAccount(file: string): Promise<DemoAccount> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DemoAccount;
  } catch (error) {
    throw new StartupFault(
      `The demo's account cannot be read from ${file}. Delete the data-demo folder to begin anew.`,
      {
        cause: error,
      },
    );
  }
}

async function completeSetup(url: string, secret: string, account: DemoAccount): Promise<string> {
  const { completeSetup: result } = await connectGraph(url).query(
    `mutation ($input: CompleteSetupInput!) {
      completeSetup(input: $input) { __typename ... on SignedIn { accessToken } ... on Refusal { message } }
    }`,
    { input: { secret, name: 'Demo administrator', ...account } },
  );
  return expectType(result, 'SignedIn').accessToken as string;
}

async function signIn(url: string, account: DemoAccount): Promise<string> {
  const { signIn: result } = await connectGraph(url).query(
    `mutation ($input: SignInInput!) {
      signIn(input: $input) { __typename ... on SignedIn { accessToken } ... on Refusal { message } }
    }`,
    { input: account },
  );
  return expectType(result, 'SignedIn').accessToken as string;
}
