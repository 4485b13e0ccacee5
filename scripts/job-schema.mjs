// Writes schema/job.schema.json from what the code accepts. Run it after a change of what definitions are made of.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { jobDocumentSchema } from '../subgraphs/automation/src/jobs/exchange/jobDocument.ts';

const file = new URL('../schema/job.schema.json', import.meta.url);
writeFileSync(
  file,
  await format(JSON.stringify(jobDocumentSchema()), { ...(await resolveConfig(file)), parser: 'json' }),
);
