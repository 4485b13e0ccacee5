/**
 * The shape of a job's definition: the one source of what is accepted and of `schema/job.schema.json`. What `definition.ts`
 * declares as types is the same: the compiler compares the two below.
 */
import { QUEUE_LABEL } from '@opsconductor/events';
import { z } from 'zod';
import type { JobDefinition, JobPolicies, Parameter } from '../definition.ts';
import { approvalSettings, workflow } from './nodes.ts';
import { parameters } from './parameters.ts';
import { count, description, text } from './texts.ts';

const policies = z.strictObject({
  concurrency: z.strictObject({ limit: count.max(1_000), whenFull: z.enum(['queue', 'refuse']) }).exactOptional(),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(7 * 86_400)
    .exactOptional(),
  retries: z.int().min(0).max(20).exactOptional(),
  priority: z.int().min(-100).max(100).exactOptional(),
  approval: z.strictObject(approvalSettings).exactOptional(),
  notifications: z
    .array(z.strictObject({ on: z.enum(['started', 'succeeded', 'failed']), channel: text(100, 1) }))
    .max(50)
    .exactOptional(),
  retention: z
    .strictObject({ days: count.max(36_500).exactOptional(), count: count.max(1_000_000).exactOptional() })
    .exactOptional(),
  executorLabel: z.string().regex(QUEUE_LABEL, 'has letters, digits, _, . and - only, at most 60').exactOptional(),
});

export const jobDefinition = z.strictObject({
  description: description.exactOptional(),
  parameters,
  workflow,
  targetFilter: text(10_000, 1).exactOptional(),
  targetIds: z.array(z.uuid()).max(5_000).exactOptional(),
  policies: policies.exactOptional(),
});

type Accepted = z.output<typeof jobDefinition>;
type Extends<One extends Other, Other> = One;
type KeysByKind<Node extends { kind: string }> = {
  [Kind in Node['kind']]: keyof Extract<Node, { kind: Kind }>;
};
type Nodes<Definition extends { workflow: { nodes: readonly { kind: string }[] } }> = KeysByKind<
  Definition['workflow']['nodes'][number]
>;

/** The schema accepts nothing that is not a definition, and leaves out nothing that a definition may have. */
export type Agreement = [
  Extends<Accepted, JobDefinition>,
  Extends<Nodes<JobDefinition>, Nodes<Accepted>>,
  Extends<keyof JobDefinition, keyof Accepted>,
  Extends<keyof JobPolicies, keyof NonNullable<Accepted['policies']>>,
  Extends<keyof Parameter, keyof Accepted['parameters'][number]>,
];
