/** What the environment may say about authorisation, limits, budgets and documents, in both topologies alike. */
import { z } from 'zod';
import { StartupFault } from '@opsconductor/process';
import { readManifests } from './documents/manifest.ts';
import type { RouterSettingsInput } from './settings.ts';

const count = (standard: number) => z.coerce.number('is not a number').int().min(0).default(standard);

export const edgeVariables = {
  ROUTER_AUTHORISATION_MODE: z.enum(['filter', 'reject', 'dryRun']).default('filter'),
  ROUTER_AUTHORISATION_MISSING: z.stringbool('set it to true or false').default(true),
  ROUTER_MAX_COST: count(100_000),
  ROUTER_REQUESTS_PER_MINUTE: count(6_000),
  ROUTER_COST_PER_MINUTE: count(5_000_000),
  ROUTER_STRANGER_REQUESTS_PER_MINUTE: count(600),
  ROUTER_STRANGER_COST_PER_MINUTE: count(60_000),
  ROUTER_DOCUMENTS_DIRECTORY: z.string().optional(),
  ROUTER_DOCUMENTS_MODE: z.enum(['off', 'log', 'safelist', 'ids']).default('off'),
  ROUTER_AUTOMATIC_DOCUMENTS: z.stringbool('set it to true or false').default(false),
};

type EdgeVariables = z.infer<z.ZodObject<typeof edgeVariables>>;

/** @throws {StartupFault} a manifest cannot be used, or a safelist is asked for and there is none */
export function readEdgeSettings(env: EdgeVariables): RouterSettingsInput {
  const { ROUTER_DOCUMENTS_DIRECTORY: directory, ROUTER_DOCUMENTS_MODE: mode } = env;
  if (mode !== 'off' && directory === undefined)
    throw new StartupFault('Set ROUTER_DOCUMENTS_DIRECTORY: ROUTER_DOCUMENTS_MODE needs manifests of documents.');
  return {
    authorisation: { mode: env.ROUTER_AUTHORISATION_MODE, reportMissing: env.ROUTER_AUTHORISATION_MISSING },
    cost: { maxCost: env.ROUTER_MAX_COST || Infinity },
    budgets: {
      user: { requestsPerMinute: env.ROUTER_REQUESTS_PER_MINUTE, costPerMinute: env.ROUTER_COST_PER_MINUTE },
      stranger: {
        requestsPerMinute: env.ROUTER_STRANGER_REQUESTS_PER_MINUTE,
        costPerMinute: env.ROUTER_STRANGER_COST_PER_MINUTE,
      },
    },
    documents: { manifests: manifestsIn(directory), mode, automatic: env.ROUTER_AUTOMATIC_DOCUMENTS },
  };
}

function manifestsIn(directory: string | undefined) {
  if (directory === undefined) return new Map();
  try {
    return readManifests(directory);
  } catch (error) {
    throw new StartupFault(`ROUTER_DOCUMENTS_DIRECTORY: ${(error as Error).message}`, { cause: error });
  }
}
