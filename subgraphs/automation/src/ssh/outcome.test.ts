import { endOf } from './outcome.ts';
import type { CommandFacts } from './outcome.ts';

const facts: CommandFacts = { started: true, connectionLost: false };

test.each<[string, CommandFacts, object]>([
  ['an exit status', { ...facts, exit: { code: 0 } }, { kind: 'exited', exitCode: 0 }],
  ['a signal', { ...facts, exit: { signal: 'KILL' } }, { kind: 'signalled', signal: 'KILL' }],
  [
    'an exit status seen before the connection was lost',
    { ...facts, exit: { code: 3 }, connectionLost: true },
    { kind: 'exited', exitCode: 3 },
  ],
  ['no exit status', facts, { kind: 'lost', reason: 'NO_EXIT_STATUS' }],
  ['a lost connection', { ...facts, connectionLost: true }, { kind: 'lost', reason: 'CONNECTION_LOST' }],
  [
    'a lost connection before the start line',
    { started: false, connectionLost: true },
    { kind: 'lost', reason: 'CONNECTION_LOST' },
  ],
  [
    'a stop, whatever the exit status',
    { ...facts, exit: { code: 0 }, stop: { cause: 'cancelled', confirmed: true } },
    { kind: 'cancelled', stopped: true },
  ],
  [
    'a stop that nobody could confirm',
    { ...facts, connectionLost: true, stop: { cause: 'timedOut', confirmed: false } },
    { kind: 'timedOut', stopped: false },
  ],
])('%s', (_what, seen, end) => {
  expect(endOf(seen)).toEqual(end);
});

test.each([{ code: 0 }, { code: 1 }, { signal: 'TERM' }])(
  'an end without the start line is no end of the command: %j',
  (exit) => {
    expect(endOf({ started: false, exit, connectionLost: false }).kind).toBe('notStarted');
  },
);
