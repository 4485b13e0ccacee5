/** A job as a document, for files and version control: its name, and what it says. `schema/job.schema.json` describes it. */
import { stringify } from 'yaml';
import { z } from 'zod';
import type { JobDefinition } from '../../workflows/definition.ts';
import { jobDefinition } from '../../workflows/schema/job.ts';
import { text } from '../../workflows/schema/texts.ts';
import { DEFINITION_BYTES } from '../../workflows/validation/index.ts';
import { readYaml } from './readYaml.ts';
import { DocumentUnreadable } from './refusals.ts';

/** Changes when a document of before cannot be read any more. */
const FORMAT = 'opsconductor.job/1';

export const jobDocument = z.strictObject({
  format: z.literal(FORMAT),
  name: text(200, 1),
  ...jobDefinition.shape,
});

export interface JobDocument {
  readonly name: string;
  readonly definition: JobDefinition;
}

export type DocumentFormat = 'YAML' | 'JSON';

export function writeDocument({ name, definition }: JobDocument, format: DocumentFormat): string {
  const document = { format: FORMAT, name, ...definition };
  if (format === 'JSON') return `${JSON.stringify(document, null, 2)}\n`;
  // Long lines stay lines: scripts are read by people. What is there twice is written twice.
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

export interface ReadDocument {
  readonly name: string;
  /** Of unknown origin: neither its shape nor its sense has been looked at. */
  readonly definition: unknown;
}

/**
 * Reads YAML 1.2 or JSON, which is YAML.
 * @throws {DocumentUnreadable}
 */
export async function readDocument(content: string): Promise<ReadDocument> {
  if (Buffer.byteLength(content) > 2 * DEFINITION_BYTES)
    throw new DocumentUnreadable(`A document has at most ${2 * DEFINITION_BYTES} bytes.`);
  const document = await (content.trimStart().startsWith('{') ? readJson(content) : readYaml(content));
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new DocumentUnreadable('The document is not a job.');
  const { format, name, ...definition } = document as Record<string, unknown>;
  if (format !== FORMAT) throw new DocumentUnreadable(`The document has not the format ${FORMAT}.`);
  if (typeof name !== 'string') throw new DocumentUnreadable('The document has no name.');
  return { name, definition };
}

async function readJson(content: string): Promise<unknown> {
  try {
    return JSON.parse(content);
  } catch {
    // YAML says where, and what is written like JSON may still be YAML.
    return readYaml(content);
  }
}

/** JSON Schema (2020-12) of a document. What it cannot say, such as that a name is unique, validation says. */
export function jobDocumentSchema(): object {
  return {
    $id: 'https://specs.opsconductor.dev/job/v1.schema.json',
    title: 'A job of OpsConductor',
    ...z.toJSONSchema(jobDocument, { target: 'draft-2020-12', io: 'input', reused: 'ref' }),
  };
}
