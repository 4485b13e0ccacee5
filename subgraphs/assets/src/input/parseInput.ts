import { InvalidInput } from '@opsconductor/subgraph';
import type { z } from 'zod';

/**
 * Parses the input of a mutation.
 * @throws {InvalidInput} the first value that is not acceptable, named by its path
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInput(issue?.path.join('.') ?? '', issue?.message ?? 'This input is not acceptable.');
}
