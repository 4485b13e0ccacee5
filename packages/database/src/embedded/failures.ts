import { StartupFault } from '@opsconductor/process';

/** What PostgreSQL's own (English) messages mean to an operator, most specific first. */
const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /No space left on device|Disk quota exceeded/,
    'The disk is full. Free some space, or choose a directory on another disk.',
  ],
  [/Read-only file system/, 'The file system is read-only. Choose a directory on a writable one.'],
  [/Address already in use|could not bind/, 'Its port is taken. Stop what listens there, or choose another port.'],
  [
    /has wrong ownership/,
    'The directory belongs to another user. Start this program as that user, or change its owner.',
  ],
  [
    /initialized by PostgreSQL version|incompatible with server/,
    'The data was written by another version of PostgreSQL. Dump it with that version and restore it into an empty directory.',
  ],
  [
    /could not look up effective user ID/,
    'This user has no name. Add it to /etc/passwd, or set DATABASE_URL to a PostgreSQL of your own.',
  ],
  [
    /error while loading shared libraries|GLIBC_|not found \(required by|Library not loaded/,
    'A system library is missing. Set DATABASE_URL to a PostgreSQL of your own.',
  ],
  [
    /Cannot allocate memory|could not (create|map|resize) .*shared memory/,
    'There is too little memory. Free some, or lower shared_buffers.',
  ],
  [
    /is not a database cluster directory|is not a valid data directory|exists but is not empty/,
    'The directory holds something else. Move it away, or choose another directory.',
  ],
  [
    /Permission denied|Operation not permitted/,
    'A file cannot be reached by the user that runs PostgreSQL. Give it access, or choose another directory.',
  ],
];

/** Whether PostgreSQL ended because something else listens on its port. */
export function isPortTaken(messages: readonly string[]): boolean {
  return messages.some((message) => /Address already in use|could not bind/.test(message));
}

/**
 * The sentence for a PostgreSQL program that ended early.
 * @param program such as `initdb`
 * @param messages the last lines it wrote to standard error
 */
export function faultOfProgram(program: string, directory: string, messages: readonly string[]): StartupFault {
  const text = messages.join('\n');
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1] ?? lastError(messages);
  return new StartupFault(`${program} failed on the data directory ${directory}. ${remedy}`, {
    cause: new Error(text),
  });
}

function lastError(messages: readonly string[]): string {
  const errors = messages.filter((line) => /FATAL|PANIC|error:/.test(line));
  return `It said: ${(errors.at(-1) ?? messages.at(-1) ?? 'nothing').replace(/^.*?(FATAL|PANIC|error):\s*/, '')}`;
}
