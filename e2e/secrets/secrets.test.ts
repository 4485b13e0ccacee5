import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectGraph, expectType, startSshHost } from '@opsconductor/testkit';
import { Operator, setUp, password as userPassword } from '../firstCommand/operator.ts';
import { startStandalone } from '../worlds/standalone.ts';

/** Marked secrets go through every flow; afterwards every byte that the platform has written is searched for them. */
test('no secret is in the database, its write-ahead log, the log file or an answer', async () => {
  const hostPassword = 'canary-Pa55word-of-the-host';
  const [world, host] = await Promise.all([startStandalone(), startSshHost({ password: hostPassword })]);
  const shown = join(world.directory, '..', `shown-${process.pid}`);
  await writeFile(shown, hostPassword);
  const accessToken = await setUp(world, 'ada@example.com');
  const ada = new Operator(connectGraph(world.urls[0], accessToken));
  const answers: string[] = [];
  try {
    const { createCredential } = await ada.graph.query(
      'mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { __typename ... on CredentialCreated { credential { id } } ... on Refusal { message } } }',
      { input: { name: 'password', username: host.username, password: hostPassword } },
    );
    const credentialId = expectType(createCredential, 'CredentialCreated').credential.id as string;
    const byPassword = await ada.addTarget('by-password', host, { credentialId });
    const byKey = await ada.addTarget('by-key', host);
    const command = `cat ${shown}; base64 ${shown}; od -An -tx1 ${shown} | tr -d ' \\n'; cat ${shown} >&2`;
    const summary = await ada.run(command, [byPassword]);
    expect(summary.status).toBe('SUCCEEDED');
    answers.push(JSON.stringify(summary), JSON.stringify(await ada.run('true', [byKey])));
    answers.push(
      JSON.stringify(await ada.graph.query('{ auditEvents(first: 100) { nodes { type details { name value } } } }')),
    );
    answers.push(JSON.stringify(await ada.graph.query('{ credentials { nodes { id name kind username } } }')));
  } finally {
    await ada.graph.close();
    await world.process.stop();
    await host.stop();
  }
  const keyLine = host.privateKey.split('\n')[2] ?? '';
  const secrets: Record<string, string> = {
    hostPassword,
    userPassword,
    accessToken,
    keyLine,
    setupSecret: world.setupSecret,
  };
  const files = await readdir(world.directory, { recursive: true, withFileTypes: true });
  const written = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(written.length).toBeGreaterThan(100);
  const found: string[] = [];
  for (const content of [...written.map((path) => ({ path })), ...answers.map((text) => ({ path: 'answer', text }))]) {
    const bytes = 'text' in content ? Buffer.from(String(content.text)) : await readFile(content.path);
    for (const [name, secret] of Object.entries(secrets))
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').slice(0, -4),
        Buffer.from(secret).toString('hex'),
      ])
        if (bytes.includes(form)) found.push(`${name} in ${content.path}`);
  }
  expect(found).toEqual([]);
  await rm(shown);
  await rm(world.directory, { recursive: true, force: true });
}, 120_000);
