import { existsSync } from 'node:fs';
import { generateKeyPair, startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import fc from 'fast-check';
import type { SshConnection } from './connection.ts';
import { shellQuote } from './shellQuote.ts';
import { collect, commandOptions, connectTo, describeOpenSsh, hostKinds, run } from './testHosts.ts';
import type { Collected } from './testHosts.ts';

/** Prints a word as bytes, so that nothing about it is cleaned away. */
const inHex = (word: string) => `printf %s ${word} | od -An -v -tx1 | tr -d ' \\n'; echo`;
const hex = (text: string) => Buffer.from(text).toString('hex');

describe.each(hostKinds)('a command on %s', (_kind, start) => {
  let host: TestHost;
  let connection: SshConnection;
  beforeAll(async () => {
    host = await start();
    connection = await connectTo(host);
  });
  afterAll(async () => {
    await connection.close();
    await host.stop();
  });

  test.each([0, 1, 127, 255])('that exits with %i has that exit code', async (code) => {
    expect((await run(connection, `exit ${code}`)).result).toEqual({
      kind: 'exited',
      exitCode: code,
      truncated: false,
    });
  });

  test('that is ended by a signal says which', async () => {
    expect((await run(connection, 'kill -KILL $$')).result).toEqual({
      kind: 'signalled',
      signal: 'KILL',
      truncated: false,
    });
  });

  test('writes to two streams', async () => {
    expect(await run(connection, 'echo out; echo err >&2')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  });

  test('finds its standard input empty', async () => {
    expect(await run(connection, 'cat; wc -c')).toMatchObject({
      stdout: '0\n',
      result: { kind: 'exited', exitCode: 0 },
    });
  });

  test('is run as /bin/sh -c runs it: syntax errors, traps, exec and here-documents', async () => {
    expect((await run(connection, 'if then')).result).toMatchObject({ kind: 'exited', exitCode: 2 });
    expect((await run(connection, 'trap "echo bye" EXIT; false')).stdout).toBe('bye\n');
    expect((await run(connection, 'exec printf %s\\\\n replaced; echo no')).stdout).toBe('replaced\n');
    expect((await run(connection, "cat <<'END'\nit's $HOME \\ `here`\nEND\n")).stdout).toBe("it's $HOME \\ `here`\n");
    expect((await run(connection, '# only a comment')).result).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('of 128 KiB runs, and holds its own length', async () => {
    const head = "text='";
    const tail = "'; echo ${#text}";
    const filling = 131_072 - head.length - tail.length;
    expect((await run(connection, head + 'x'.repeat(filling) + tail)).stdout).toBe(`${filling}\n`);
  });

  test('gets its environment, secrets included, and neither is an argument of any process', async () => {
    const environment = { PLAIN: "it's\n$HOME", TOKEN: Secret.from('s3cret-token') };
    const script = 'printf %s "$PLAIN"; printenv TOKEN | rev; ps -A -o args=';
    const { stdout } = await run(connection, { script, environment });
    expect(stdout).toMatch(/^it's\n\$HOMEnekot-terc3s\n/);
    expect(stdout).not.toContain('s3cret-token');
    expect(stdout).not.toContain('printenv');
  });

  test('gets any words exactly as they are, quoted in it and in its environment', async () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    const nasty = fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', '!', ' ', '-', '*', '\r', 'a'),
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 40 }), async (words) => {
        const environment = Object.fromEntries(words.map((text, index) => [`WORD_${index}`, text]));
        const lines = words.flatMap((text, index) => [inHex(shellQuote(text)), inHex(`"$WORD_${index}"`)]);
        const { stdout } = await run(connection, { script: lines.join('\n'), environment });
        expect(stdout).toBe(words.map((text) => `${hex(text)}\n`.repeat(2)).join(''));
      }),
      { numRuns: 10 },
    );
  });

  test('that writes bytes gives text', async () => {
    const { stdout, result } = await run(connection, 'head -c 100000 /dev/urandom; printf "\\0end\\377"');
    expect(stdout.isWellFormed()).toBe(true);
    expect(stdout).not.toContain('\0');
    expect(stdout.endsWith('\uFFFDend\uFFFD')).toBe(true);
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('that writes a line of 200 KB gives lines of at most 64 KiB', async () => {
    const { stdout } = await run(connection, 'head -c 200000 /dev/zero | tr "\\0" x');
    expect(stdout.split('\n').map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 200_000 - 3 * 65_536]);
  });

  test('that writes 20,000 lines gives a few chunks', async () => {
    const { stdout, chunks } = await run(connection, 'seq 20000');
    expect(stdout.split('\n')).toHaveLength(20_001);
    expect(chunks).toBeLessThan(40);
  });

  test('beyond its output limit goes on and is marked', async () => {
    const command = 'seq 100000; echo end >&2; exit 7';
    const { stdout, stderr, result } = await run(connection, command, { outputLimitBytes: 1_000 });
    expect([stdout.length, stderr]).toEqual([1_000, '']);
    expect(result).toEqual({ kind: 'exited', exitCode: 7, truncated: true });
  });

  test('shows no secret, however it is written', async () => {
    const masks = [Secret.from("pa'ss word"), Secret.from('abc')];
    const command = `printf %s "pa'ss word" >&2; printf %s "pa'ss word" | base64; set -x; : "pa'ss word" abc`;
    const { stdout, stderr } = await run(connection, command, { masks });
    expect(stdout).toBe('******\n');
    expect(stderr).toMatch(/^\*{6}\++ : '?\*{6}'? abc\n$/);
  });

  test('that fills both streams beyond the window loses and repeats nothing', async () => {
    const command = 'seq 400000; seq 400000 >&2; seq 400000 & seq 400000 >&2; wait';
    const { stdout, stderr, result } = await run(connection, command);
    const numbers = Array.from({ length: 400_000 }, (_unused, index) => `${index + 1}\n`).join('');
    expect([stdout === numbers + numbers, stderr === numbers + numbers]).toEqual([true, true]);
    expect(result).toEqual({ kind: 'exited', exitCode: 0, truncated: false });
  });

  test('that leaves a child with its output is over a second after its end', async () => {
    const { stdout, result } = await run(connection, 'sleep 60 & echo $!');
    process.kill(Number(stdout), 'SIGKILL');
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('that closes its output early is awaited', async () => {
    expect((await run(connection, 'exec >&- 2>&-; sleep 0.3; exit 4')).result).toMatchObject({
      kind: 'exited',
      exitCode: 4,
    });
  });

  test('runs beside others on one connection', async () => {
    const outputs = await Promise.all(Array.from({ length: 8 }, (_unused, index) => run(connection, `echo ${index}`)));
    expect(outputs.map(({ stdout }) => stdout)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((index) => `${index}\n`));
  });

  test('whose connection is lost is lost, not ended', async () => {
    const own = await connectTo(host);
    let shell = 0;
    const { result } = await collect(own.run('echo $$; exec sleep 60', commandOptions()), (stdout) => {
      shell = Number(stdout);
      host.dropConnections();
    });
    process.kill(shell, 'SIGKILL');
    expect(result).toEqual({ kind: 'lost', reason: 'CONNECTION_LOST', truncated: false });
    expect(await run(own, 'true')).toMatchObject({ result: { kind: 'notStarted' } });
  });
});

describe('a host that', () => {
  test('does not say how a command ended leaves it lost', async () => {
    const host = await startSshHost({ faults: { hidesExit: true } });
    const connection = await connectTo(host);
    expect(await run(connection, 'echo done')).toMatchObject({
      stdout: 'done\n',
      result: { kind: 'lost', reason: 'NO_EXIT_STATUS' },
    });
    await connection.close();
    await host.stop();
  });

  test('has no session left starts nothing', async () => {
    const host = await startSshHost({ maxSessions: 1 });
    const connection = await connectTo(host);
    const leaving = new AbortController();
    const first = connection.run('echo here; exec sleep 60', commandOptions({ signal: leaving.signal }));
    let second: Promise<Collected> | undefined;
    await collect(first, () => {
      second ??= run(connection, 'echo there').finally(() => leaving.abort());
    });
    expect(await second).toMatchObject({ stdout: '', result: { kind: 'notStarted' } });
    await connection.close();
    await host.stop();
  });
});

describe('hosts with a canned answer', () => {
  test('are cheap, and end as they are told', async () => {
    const answer = { stdout: 'up 3 days\n', stderr: 'warning\n', exitCode: 2 };
    const key = generateKeyPair();
    const hosts = await Promise.all(Array.from({ length: 100 }, () => startSshHost({ answer, key })));
    const ends = await Promise.all(
      hosts.map(async (host) => {
        const connection = await connectTo(host);
        const end = await run(connection, 'uptime');
        await connection.close();
        return end;
      }),
    );
    for (const end of ends) {
      expect([end.stdout, end.stderr]).toEqual([answer.stdout, answer.stderr]);
      expect(end.result).toMatchObject({ kind: 'exited', exitCode: 2 });
    }
    await Promise.all(hosts.map((host) => host.stop()));
  });

  test('can be cancelled', async () => {
    const host = await startSshHost({ answer: { stdout: 'begun\n', milliseconds: 60_000 } });
    const connection = await connectTo(host);
    const leaving = new AbortController();
    const command = connection.run('sleep 60', commandOptions({ signal: leaving.signal }));
    const { result } = await collect(command, () => leaving.abort());
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    await connection.close();
    await host.stop();
  });
});

describeOpenSsh('an account of OpenSSH', () => {
  let host: TestHost;
  const runOn = async (config: string, command: string) => {
    host = await startOpenSshHost({ config: [config] });
    const connection = await connectTo(host);
    const collected = await run(connection, command);
    await connection.close();
    return collected;
  };
  afterEach(() => host.stop());

  test('that runs something else has not started the command, and its words explain why', async () => {
    expect(await runOn('ForceCommand echo This account is for backups.', 'echo done')).toMatchObject({
      stdout: 'This account is for backups.\n',
      result: { kind: 'notStarted' },
    });
  });

  test.each(['fish', 'tcsh', 'zsh', 'dash'].filter((shell) => existsSync(`/usr/bin/${shell}`)))(
    'may have %s for its login shell',
    async (shell) => {
      const config = `ForceCommand /usr/bin/${shell} -c "$SSH_ORIGINAL_COMMAND"`;
      const text = 'it\\\'s "$HOME" !! `x` \\n \\\\';
      expect(await runOn(config, `printf %s ${shellQuote(text)}; exit 3`)).toMatchObject({
        stdout: text,
        result: { kind: 'exited', exitCode: 3 },
      });
    },
  );

  test('that greets does not become part of the output', async () => {
    const config = 'ForceCommand echo opsc: welcome; printf "no line end"; eval "$SSH_ORIGINAL_COMMAND"';
    expect(await runOn(config, 'echo done')).toMatchObject({
      stdout: 'done\n',
      result: { kind: 'exited', exitCode: 0 },
    });
  });
});

describeOpenSsh('200 MB from OpenSSH', () => {
  test('take little memory, whoever reads them', async () => {
    const host = await startOpenSshHost();
    const connection = await connectTo(host);
    const before = process.memoryUsage();
    let mostBytes = 0;
    let bytes = 0;
    const command = connection.run(
      'head -c 200000000 /dev/zero | tr "\\0" "x\\n"',
      commandOptions({ outputLimitBytes: 1e9, wallTimeSeconds: 60 }),
    );
    for await (const { text } of command) {
      bytes += text.length;
      const { heapUsed, external } = process.memoryUsage();
      mostBytes = Math.max(mostBytes, heapUsed + external - before.heapUsed - before.external);
    }
    expect(await command.result).toEqual({ kind: 'exited', exitCode: 0, truncated: false });
    expect(bytes).toBeGreaterThanOrEqual(200_000_000);
    expect(mostBytes).toBeLessThan(150_000_000);
    await connection.close();
    await host.stop();
  });
});
