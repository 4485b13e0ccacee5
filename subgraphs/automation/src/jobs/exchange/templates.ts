import { readFile, readdir } from 'node:fs/promises';
import { readDocument } from './jobDocument.ts';

/** A job that comes with the platform: a document in `jobs/templates`. */
export interface JobTemplate {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly content: string;
}

const folder = new URL('../templates/', import.meta.url);
const SUFFIX = '.yaml';
/** They are files of the release: read once for the life of the process. */
let templates: Promise<readonly JobTemplate[]> | undefined;

/** By name. */
export function listTemplates(): Promise<readonly JobTemplate[]> {
  return (templates ??= readTemplates());
}

export async function findTemplate(name: string): Promise<JobTemplate | undefined> {
  return (await listTemplates()).find((template) => template.name === name);
}

async function readTemplates(): Promise<readonly JobTemplate[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX)).sort();
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(new URL(file, folder), 'utf8');
      const { name: title, definition } = await readDocument(content);
      const { description = '' } = definition as { description?: string };
      return { name: file.slice(0, -SUFFIX.length), title, description, content };
    }),
  );
}
