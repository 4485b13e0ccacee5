import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Secret } from '@opsconductor/vault';
import fc from 'fast-check';
import { commandScript } from './commandScript.ts';
import type { RemoteScript } from './commandScript.ts';
import { WorkRefused } from './work.ts';
import type { Variables } from './work.ts';

/** Shells that may be a target's /bin/sh, as far as this machine has them. */
const shells = [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([path = '']) =>
  existsSync(path),
);

function runBy(
  shell: readonly string[],
  { line, input }: RemoteScript,
): { stdout: string; stderr: string; status: number | null } {
  const [path = '', ...options] = shell;
  const local = line.replace('/bin/sh -c', [path, ...options, '-c'].join(' '));
  return spawnSync('/bin/sh', ['-c', local], { input, encoding: 'utf8' });
}

describe.each(shells)('by %s', (...shell) => {
  const run = (command: string, environment: Variables = {}) =>
    runBy(shell, commandScript({ script: command, environment }, 'm'));

  test('the start line comes first, with the id of the shell', () => {
    const { stdout } = run('echo $$');
    expect(stdout).toMatch(/^opsc:m:(\d+)\n\1\n$/);
  });

  test('every process carries the marker', () => {
    expect(run('env').stdout).toContain('OPSC_TASK=m:\n');
  });

  test('nothing follows the command that tracing would show', () => {
    // bash writes one + for each level of eval.
    expect(run('set -x; true').stderr).toMatch(/^\++ true\n$/);
  });

  test('a message about its syntax counts its lines and shows no variable', () => {
    const { stderr, status } = run('\n\nif then', { TOKEN: Secret.from('s3cret') });
    expect(status).toBe(2);
    expect(stderr).not.toContain('s3cret');
  });

  test('quoting survives', () => {
    const unit = fc.constantFrom("'", '"', '\\', '$', '`', '\n', '!', ' ', 'a', 'ü');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        expect(run('printf %s "$TEXT"', { TEXT: text }).stdout.replace(/^opsc:m:\d+\n/, '')).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  test('no beginning of a command is ever run, wherever the connection is cut', () => {
    const { line, input } = commandScript(
      { script: "echo ran; echo 'it''s'\necho ran", environment: { NAME: "it's" } },
      'm',
    );
    for (let cut = 1; cut < input.length; cut += 1)
      expect(runBy(shell, { line, input: input.slice(0, cut) }).stdout).not.toContain('ran');
    expect(runBy(shell, { line, input }).stdout).toContain('ran\nits\nran\n');
  });
});

test.each<[string, () => unknown, string]>([
  ['a NUL in the command', () => commandScript({ script: 'a\0b' }, 'm'), 'NUL_CHARACTER'],
  ['a NUL in a variable', () => commandScript({ script: 'a', environment: { A: 'a\0b' } }, 'm'), 'NUL_CHARACTER'],
  [
    'a NUL in a secret variable',
    () => commandScript({ script: 'a', environment: { A: Secret.from('a\0b') } }, 'm'),
    'NUL_CHARACTER',
  ],
  ['more than 1 MiB', () => commandScript({ script: 'ü'.repeat(524_289) }, 'm'), 'SCRIPT_TOO_LONG'],
  [
    'more than 128 KiB of variables',
    () => commandScript({ script: 'a', environment: { A: 'a'.repeat(131_072) } }, 'm'),
    'ENVIRONMENT_TOO_LONG',
  ],
  [
    'a name that is none',
    () => commandScript({ script: 'a', environment: { 'A;id': '' } }, 'm'),
    'INVALID_VARIABLE_NAME',
  ],
  [
    'the name of the marker',
    () => commandScript({ script: 'a', environment: { OPSC_TASK: '' } }, 'm'),
    'INVALID_VARIABLE_NAME',
  ],
  ['a marker that shells would read', () => commandScript({ script: 'a' }, 'a b'), 'INVALID_MARKER'],
])('%s is refused', (_what, make, reason) => {
  expect(make).toThrow(WorkRefused);
  expect(make).toThrow(expect.objectContaining({ reason }));
});

test('exactly 1 MiB is taken', () => {
  expect(() => commandScript({ script: 'ü'.repeat(524_288) }, 'm')).not.toThrow();
});

test('what is readable by every user of the target holds neither command nor variables', () => {
  const { line } = commandScript({ script: 'echo hidden', environment: { A: 'hidden' } }, 'm');
  expect(line).not.toContain('hidden');
  expect(line.split("'")).toHaveLength(3);
  expect(line).not.toMatch(/[\\!]/);
});
