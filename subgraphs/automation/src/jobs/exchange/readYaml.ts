import { Worker } from 'node:worker_threads';
import { DocumentUnreadable } from './refusals.ts';
import type { YamlResult } from './yamlThread.ts';

const TIME_LIMIT_MS = 5_000;

/** @throws {DocumentUnreadable} */
export async function readYaml(content: string): Promise<unknown> {
  const thread = new Worker(new URL('./yamlThread.ts', import.meta.url), {
    workerData: content,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    env: {},
    execArgv: [],
  });
  const timer = setTimeout(() => void thread.terminate(), TIME_LIMIT_MS);
  try {
    const result = await new Promise<YamlResult | undefined>((resolve) => {
      thread.once('message', resolve);
      // Out of memory, or out of time.
      thread.once('error', () => resolve(undefined));
      thread.once('exit', () => resolve(undefined));
    });
    if (!result) throw new DocumentUnreadable('Reading the document takes too much. Write it more simply, or as JSON.');
    if (result.kind === 'fault') throw new DocumentUnreadable(result.message, result.line, result.column);
    return result.value;
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
