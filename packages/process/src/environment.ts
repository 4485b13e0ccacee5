import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { StartupFault } from './startupFault.ts';

/**
 * Reads and validates the environment of a process. A variable `X` that is absent is read from the file that `X_FILE`
 * names, so that secrets need not be in the environment.
 * @throws {StartupFault} naming every variable that is missing or wrong; values are never shown
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.infer<Schema> {
  const values = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [
      name,
      environment[name] || readFromFile(name, environment[`${name}_FILE`]),
    ]),
  );
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StartupFault(`The configuration is not complete.\n  ${sentences.join('\n  ')}`);
}

function readFromFile(name: string, path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartupFault(`${name}_FILE names a file that cannot be read: ${path}`, { cause: error });
  }
}
