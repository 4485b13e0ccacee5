import { canHaveAccounts, startOpenSshHost } from '@opsconductor/testkit';
import type { OpenSshHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import type { SshConnection } from './connection.ts';
import { collect, commandOptions, connectTo, isRunning, run } from './testHosts.ts';
import type { RunAs } from './work.ts';

/** Skipped, visibly, where a host cannot have accounts of its own. */
const describeAccounts = canHaveAccounts ? describe : describe.skip;

const passwords = { asker: "as'ker $pw \\1", other: 'other-password', nopass: 'nopass-password', plain: 'plain-pw' };
const accounts = [
  { username: 'asker', password: passwords.asker, sudo: 'withPassword' },
  { username: 'nopass', password: passwords.nopass, sudo: 'withoutPassword' },
  { username: 'plain', password: passwords.plain },
  { username: 'other', password: passwords.other },
] as const;

const sudo = (username: string, password?: string): RunAs => ({
  method: 'sudo',
  username,
  ...(password !== undefined && { password: Secret.from(password) }),
});
const su = (username: string, password: string): RunAs => ({ method: 'su', username, password: Secret.from(password) });

describeAccounts('running as another account', () => {
  let host: OpenSshHost;
  const connections = new Map<string, SshConnection>();
  beforeAll(async () => {
    host = await startOpenSshHost({ accounts });
    for (const { username } of accounts) connections.set(username, await connectTo(host, { username }));
  });
  afterAll(async () => {
    for (const connection of connections.values()) await connection.close();
    await host.stop();
  });
  const as = (username: string) => connections.get(username) as SshConnection;

  const ways: [string, string, RunAs][] = [
    ['by sudo with a password', 'asker', sudo('other', passwords.asker)],
    ['by sudo without a password', 'nopass', sudo('other')],
    ['by sudo with a password that nobody asks for', 'nopass', sudo('other', 'not needed')],
    ['by su', 'plain', su('other', passwords.other)],
  ];

  test.each(ways)('%s works, with script, parameters and streams', async (_how, account, runAs) => {
    const text = `it's "$HOME" \\ \`x\` ${'ü'.repeat(1_000)}`;
    const script = 'id -un; printf %s "$text"; echo problem >&2; printf %s "$PLAIN" | wc -c; exit 7';
    const work = { script, parameters: { text }, environment: { PLAIN: 'x'.repeat(5_000) }, runAs };
    const { stdout, stderr, result } = await run(as(account), work);
    expect({ stdout, stderr, result }).toEqual({
      stdout: `other\n${text}5000\n`,
      stderr: 'problem\n',
      result: { kind: 'exited', exitCode: 7, truncated: false },
    });
  });

  test.each(ways)('%s works for another interpreter', async (_how, account, runAs) => {
    const script = 'import os, sys\nprint(os.getuid(), len(text), sys.stdin.read() == "", flush=True)';
    const { stdout } = await run(as(account), {
      script,
      interpreter: ['/usr/bin/env', 'python3'],
      parameters: { text: 'ü👧' },
      runAs,
    });
    expect(stdout).toBe('64003 2 True\n');
  });

  test.each(ways)('%s is cancelled with all its processes', async (_how, account, runAs) => {
    const leaving = new AbortController();
    const script = "trap '' TERM; setsid sh -c 'echo $$; exec sleep 60' & sleep 60 & echo $!; echo $$; wait; sleep 60";
    const running = as(account).run({ script, runAs }, commandOptions({ signal: leaving.signal }));
    const { stdout, result } = await collect(running, (text) => {
      if (text.split('\n').length > 3) leaving.abort();
    });
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    const ids = stdout.trim().split('\n').map(Number);
    expect([ids.length, ids.filter(isRunning)]).toEqual([3, []]);
  });

  test('the password is in no argument and in no output', async () => {
    const { stdout, stderr } = await run(as('asker'), {
      script: `ps -A -o args=; echo "${passwords.asker.replaceAll('$', '\\$')}"; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'`,
      runAs: sudo('root', passwords.asker),
    });
    expect(stdout).toContain('sudo -S -p opsc:');
    expect(stdout + stderr).not.toContain(passwords.asker);
    expect(stdout + stderr).not.toContain('pw \\1');
  });

  test.each<[string, string, RunAs]>([
    ['a wrong password for sudo', 'asker', sudo('other', 'wrong')],
    ['a wrong password for su', 'plain', su('other', 'wrong')],
  ])('%s starts nothing, and says so', async (_how, account, runAs) => {
    const { result } = await run(as(account), { script: 'echo ran', runAs });
    expect(result).toMatchObject({ kind: 'notStarted' });
  });

  test('sudo without the password it wants starts nothing, and its words are heard', async () => {
    const { stderr, result } = await run(as('asker'), { script: 'echo ran', runAs: sudo('other') });
    expect(result).toMatchObject({ kind: 'notStarted' });
    expect(stderr).toContain('password is required');
  });

  test('an account that may not use sudo is told in its words', async () => {
    const { stdout, stderr, result } = await run(as('plain'), {
      script: 'echo ran',
      runAs: sudo('other', passwords.plain),
    });
    expect([stdout, result.kind]).toEqual(['', 'notStarted']);
    expect(stderr).toContain('not in the sudoers file');
  });

  test('a script that writes the prompt of su or sudo gets no password', async () => {
    const script = 'printf "Password: " >&2; printf "opsc:%s:password:" "${OPSC_TASK%:}" >&2; head -c 5';
    for (const [account, runAs] of [
      ['plain', su('other', passwords.other)],
      ['asker', sudo('other', passwords.asker)],
    ] as const)
      expect(await run(as(account), { script, runAs })).toMatchObject({ stdout: '', result: { exitCode: 0 } });
  });
});
