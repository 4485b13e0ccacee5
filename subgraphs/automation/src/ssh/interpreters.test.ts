import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { startOpenSshHost, startSshHost, hasOpenSsh } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import fc from 'fast-check';
import type { SshConnection } from './connection.ts';
import { collect, commandOptions, connectTo, run } from './testHosts.ts';
import { WorkRefused } from './work.ts';

let host: TestHost;
let connection: SshConnection;
beforeAll(async () => {
  host = hasOpenSsh ? await startOpenSshHost() : await startSshHost();
  connection = await connectTo(host);
});
afterAll(async () => {
  await connection.close();
  await host.stop();
});

const inHex = (word: string) => `printf %s "${word}" | od -An -v -tx1 | tr -d ' \\n'; echo`;
/** Prints parameter, environment and first argument, as hex. */
const shellScript = `${inHex('$parameter')}\n${inHex('$VARIABLE')}\n${inHex('$1')}`;
const pythonScript = `from __future__ import annotations
import os, sys
for text in (parameter, os.environ["VARIABLE"], sys.argv[1]):
    print(text.encode("utf-8", "surrogateescape").hex())`;
const perlScript = `print unpack("H*", $_), "\\n" for ($ENV{parameter}, $ENV{VARIABLE}, $ARGV[0]);`;

const interpreters: [name: string, interpreter: readonly string[] | undefined, script: string][] = [
  ['/bin/sh from standard input', undefined, shellScript],
  ...[['/bin/sh'], ['/bin/bash', '-eu'], ['/bin/dash'], ['/usr/bin/zsh'], ['/bin/mksh'], ['/bin/busybox', 'sh']]
    .filter(([path = '']) => existsSync(path))
    .map((words): [string, readonly string[], string] => [words.join(' '), words, shellScript]),
  ['python', ['/usr/bin/env', 'python3'], pythonScript],
  ['perl', ['/usr/bin/perl'], perlScript],
];

const binary = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0'));
const nasty = fc.string({
  unit: fc.constantFrom(
    "'",
    '"',
    '\\',
    '$',
    '`',
    '\n',
    '\r',
    '!',
    ' ',
    '-',
    '*',
    '~',
    '{',
    '%',
    '\x1b',
    'ü',
    '‘',
    '👧',
    'a',
  ),
  maxLength: 30,
});
const text = fc.oneof(binary, nasty).filter((value) => value.isWellFormed());

describe.each(interpreters)('%s', (_name, interpreter, script) => {
  const start = (work: { parameter: string; variable: string; argument: string }) =>
    run(connection, {
      script,
      ...(interpreter && { interpreter }),
      parameters: { parameter: work.parameter },
      environment: { VARIABLE: work.variable },
      arguments: [work.argument],
    });
  const hex = (value: string) => Buffer.from(value).toString('hex');

  test('gets parameters, environment and arguments byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (parameter, variable, argument) => {
        const { stdout, stderr } = await start({ parameter, variable, argument });
        expect([stdout, stderr]).toEqual([`${hex(parameter)}\n${hex(variable)}\n${hex(argument)}\n`, '']);
      }),
      { numRuns: 12 },
    );
  });

  test('leaves nothing behind, whether it ends or is stopped', async () => {
    const leaving = new AbortController();
    const forever = interpreter?.at(-1)?.endsWith('python3')
      ? 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(1, flush=True)\ntime.sleep(60)'
      : interpreter?.[0]?.endsWith('perl')
        ? '$| = 1; $SIG{TERM} = "IGNORE"; print "1\\n"; sleep 60;'
        : "trap '' TERM; echo 1; sleep 60; sleep 60";
    const options = commandOptions({ signal: leaving.signal });
    const running = connection.run({ script: forever, ...(interpreter && { interpreter }) }, options);
    const { result } = await collect(running, () => leaving.abort());
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect((await run(connection, `ls -d /tmp/opsc.${options.marker}* /tmp/opsc.test-${process.pid}-*`)).stdout).toBe(
      '',
    );
  });
});

const megabyte = 'ü\'"\\$`\n\r! '.repeat(100_000);
const digest = createHash('sha256').update(megabyte).digest('hex');

// The printf of mksh is a program, which gets no argument of that size; Perl has no variables of its own.
test.each(interpreters.filter(([name]) => !/perl|mksh/.test(name)))(
  '%s takes a parameter of more than 1 MB',
  async (_name, interpreter) => {
    expect(Buffer.byteLength(megabyte)).toBeGreaterThan(1_048_576);
    const isPython = interpreter?.includes('python3');
    const script = isPython
      ? 'import hashlib\nprint(hashlib.sha256(parameter.encode()).hexdigest())'
      : 'printf %s "$parameter" | sha256sum | cut -c 1-64';
    const work = { script, ...(interpreter && { interpreter }), parameters: { parameter: megabyte } };
    expect((await run(connection, work)).stdout).toBe(`${digest}\n`);
  },
);

test.each<[string, Parameters<SshConnection['run']>[0], string]>([
  [
    '1 MB for a language without variables',
    { script: '', interpreter: ['perl'], parameters: { a: megabyte } },
    'PARAMETERS_TOO_LONG',
  ],
  ['1 MB of environment', { script: '', environment: { A: megabyte } }, 'ENVIRONMENT_TOO_LONG'],
  ['1 MB as an argument', { script: '', arguments: [megabyte] }, 'SCRIPT_TOO_LONG'],
  ['5 MB of parameters', { script: '', parameters: { a: megabyte.repeat(4) } }, 'PARAMETERS_TOO_LONG'],
  ['a NUL in a parameter', { script: '', parameters: { a: 'a\0' } }, 'NUL_CHARACTER'],
  [
    'a NUL in a secret for Python',
    { script: '', interpreter: ['python3'], parameters: { a: Secret.from('\0') } },
    'NUL_CHARACTER',
  ],
  ['a NUL in an argument', { script: '', arguments: ['\0'] }, 'NUL_CHARACTER'],
  ['a NUL in the directory', { script: '', workingDirectory: '/\0' }, 'NUL_CHARACTER'],
  ['half a character', { script: '', parameters: { a: '\ud83d' } }, 'MALFORMED_TEXT'],
  [
    'half a character for Python',
    { script: '', interpreter: ['python3'], parameters: { a: '\ud83d' } },
    'MALFORMED_TEXT',
  ],
  ['a relative directory', { script: '', workingDirectory: 'tmp' }, 'INVALID_WORKING_DIRECTORY'],
  ['no interpreter', { script: '', interpreter: [] }, 'INVALID_INTERPRETER'],
  ['a name that is code', { script: '', parameters: { 'a=1; id #': 'x' } }, 'INVALID_VARIABLE_NAME'],
  ['a name that changes the shell', { script: '', parameters: { PATH: '/evil' } }, 'INVALID_VARIABLE_NAME'],
  ['an account that is an option', { script: '', runAs: { method: 'sudo', username: '-s' } }, 'INVALID_USERNAME'],
  ['an account that is code', { script: '', runAs: { method: 'su', username: 'a;id' } }, 'INVALID_USERNAME'],
  [
    'a password of two lines',
    { script: '', runAs: { method: 'su', username: 'a', password: Secret.from('a\nid') } },
    'INVALID_PASSWORD',
  ],
])('%s is refused before anything is sent', (_what, work, reason) => {
  const start = () => connection.run(work, commandOptions());
  expect(start).toThrow(WorkRefused);
  expect(start).toThrow(expect.objectContaining({ reason }));
});

test('the working directory is one, whatever its name, and one that is not there ends it', async () => {
  const name = "/tmp/it's $HOME `x` ü";
  await run(connection, { script: 'mkdir -p "$name"', parameters: { name } });
  expect((await run(connection, { script: 'pwd', workingDirectory: name })).stdout).toBe(`${name}\n`);
  await run(connection, { script: 'rmdir "$name"', parameters: { name } });
  const missing = await run(connection, { script: 'echo ran', workingDirectory: name });
  expect(missing).toMatchObject({ stdout: '', result: { kind: 'exited', exitCode: expect.any(Number) } });
  expect(missing.result).not.toMatchObject({ exitCode: 0 });
});

test('a program that is not there is 127, and the exit code of a script is its own', async () => {
  expect((await run(connection, { script: 'x', interpreter: ['no-such-program'] })).result).toMatchObject({
    exitCode: 127,
  });
  expect((await run(connection, { script: 'exit 42', interpreter: ['bash'] })).result).toMatchObject({ exitCode: 42 });
});
