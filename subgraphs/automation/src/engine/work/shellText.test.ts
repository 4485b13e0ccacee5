import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { composeShell } from './shellText.ts';

const value = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '').toWellFormed());
const hostile = fc.oneof(
  value,
  fc.constantFrom(
    "'",
    '"',
    '$(echo pwned)',
    '`echo pwned`',
    '\\',
    "'; echo pwned; '",
    '"; echo pwned; "',
    '$HOME',
    '\n',
  ),
);

/** Texts before and after a value, and what the shell prints of it. */
const positions = [
  ['printf %s ', ''],
  ['printf %s "', '"'],
  ["printf %s '", "'"],
  ['printf %s "$(printf %s ', ')"'],
  ['printf %s "$(printf %s "', '")"'],
  ['x=', '; printf %s "$x"'],
  ['if true; then printf %s "', '"; fi'],
  ['echo ${HOME} $((1 + 2)) `true` >/dev/null # it is\nprintf %s ', ''],
  ['(printf %s "', '")'],
  ['case x in x) printf %s "', '";; esac'],
] as const;

const shells = ['/bin/sh', '/bin/bash'] as const;

test.each(shells)('I12: %s gets every value byte for byte, wherever it stands', (shell) => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(...positions), (text, [before, after]) => {
      const script = composeShell([
        { kind: 'text', text: before },
        { kind: 'value', text },
        { kind: 'text', text: `${after}; printf '|'` },
      ]);
      const { stdout } = spawnSync(shell, ['-c', script], { encoding: 'utf8' });
      // Command substitution takes line breaks off the end: the shell's own doing.
      const expected = before.includes('$(printf') ? text.replace(/\n+$/, '') : text;
      expect(stdout.replace(/\|$/, '')).toBe(expected);
    }),
    { numRuns: 150 },
  );
});

test.each([
  ['a here-document', 'cat <<EOF\n', '\nEOF'],
  ['backquotes', 'echo `echo ', '`'],
  ['arithmetic', 'echo $((1 + ', '))'],
  ['an arithmetic command', '((', '))'],
  ['a parameter expansion', 'echo ${x:-', '}'],
  ['what follows one with quotes inside', 'echo ${x:-"}"} ', ''],
  ['a comment', 'true # ', ''],
  ['behind a backslash', 'echo \\', ''],
  ['behind $', "echo $'a' ", ''],
  ['the patterns of a case inside of a substitution', 'echo "$(case x in a) echo ', ';; esac)"'],
])('a value is refused in %s', (_, before, after) => {
  const parts = [
    { kind: 'text', text: before },
    { kind: 'value', text: 'x' },
    { kind: 'text', text: after },
  ] as const;
  expect(() => composeShell(parts)).toThrow('code');
});
