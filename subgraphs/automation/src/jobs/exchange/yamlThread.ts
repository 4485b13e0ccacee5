/** Reads one YAML document, in a thread that is ended when it takes too long: some texts take minutes, or much memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseDocument } from 'yaml';

export type YamlResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'fault'; readonly message: string; readonly line: number | null; readonly column: number | null };

parentPort?.postMessage(readYaml(workerData as string));

function readYaml(content: string): YamlResult {
  try {
    const document = parseDocument(content, { version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) {
      const { line = null, col = null } = fault.linePos?.[0] ?? {};
      return { kind: 'fault', message: 'This is not YAML as a job is written in.', line, column: col };
    }
    // An alias is how a small document becomes a large one.
    return { kind: 'value', value: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch (error) {
    const message =
      error instanceof ReferenceError
        ? 'A job is written without aliases (*name).'
        : 'The document is nested deeper than a job is.';
    return { kind: 'fault', message, line: null, column: null };
  }
}
