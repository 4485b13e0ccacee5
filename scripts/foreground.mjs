import { spawn } from 'node:child_process';

/** Runs a command in this one's place: same terminal, same signals, same exit status. */
export function runUntilStopped(command, args, options) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  // Ctrl-C reaches the child through the terminal; other signals only come here.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
