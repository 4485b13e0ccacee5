import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';

const KEPT_LINES = 40;
const LAST_WORDS_MS = 250;

/** The last lines a program wrote, kept for its obituary. */
export type Messages = readonly string[];

/** How a program ended: exit code, or the signal that killed it, or the error that kept it from starting. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

/** Reads both outputs of a program line by line, so that neither ever blocks it. */
export function readMessages(child: ChildProcess, onLine: (line: string) => void = () => {}): Messages {
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      onLine(line);
    });
  }
  return kept;
}

/**
 * Resolves when the program has ended. What it wrote is read by then, unless a child that outlives it (a database session
 * whose server was killed) keeps its output open: that is not waited for. Never rejects.
 */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => {
      const exit = { code, signal };
      const timer = setTimeout(resolve, LAST_WORDS_MS, exit);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  });
}
