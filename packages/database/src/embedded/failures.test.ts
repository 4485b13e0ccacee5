import { faultOfProgram, isPortTaken } from './failures.ts';

describe('the sentence for an ended PostgreSQL', () => {
  test.each([
    ['FATAL:  could not write to file "base/1": No space left on device', /The disk is full\. Free some space/],
    ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', /Its port is taken\./],
    ['FATAL:  data directory "/x" has wrong ownership', /belongs to another user\./],
    ['FATAL:  database files are incompatible with server', /another version of PostgreSQL/],
    ['initdb: error: could not look up effective user ID 1001: user does not exist', /has no name/],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', /too little memory/],
    ['initdb: error: could not access directory "/x": Permission denied', /cannot be reached by the user/],
    ['postgres: error while loading shared libraries: libicuuc.so.60: cannot open', /A system library is missing/],
    ['FATAL:  something new', /It said: something new$/],
  ])('%s', (message, sentence) => {
    const fault = faultOfProgram('PostgreSQL', '/x', ['LOG:  starting', message]);
    expect(fault.message).toMatch(/^PostgreSQL failed on the data directory \/x\. /);
    expect(fault.message).toMatch(sentence);
    expect((fault.cause as Error).message).toContain(message);
  });

  test('a program that said nothing still gets one', () => {
    expect(faultOfProgram('initdb', '/x', []).message).toBe('initdb failed on the data directory /x. It said: nothing');
  });

  test('only a taken port is worth another port', () => {
    expect(isPortTaken(['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'])).toBe(true);
    expect(isPortTaken(['FATAL:  could not write: No space left on device'])).toBe(false);
  });
});
