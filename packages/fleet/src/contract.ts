/**
 * What the assets domain answers to other parts of the platform, and to nobody else: which targets a selection means,
 * and how an executor reaches them. Not part of the graph, because some of these answers hold secrets. Each operation
 * is a POST of JSON that a signed assertion opens.
 */
import { z } from 'zod';

const id = z.uuid();
const label = z.object({ key: z.string(), value: z.string() });

/** Most targets that one selection may name. */
export const SELECTION_LIMIT = 5_000;
/** Most labels that one selection may ask for. */
export const LABEL_LIMIT = 50;
/** Most characters of a filter; see `@opsconductor/target-filter`. */
export const FILTER_LIMIT = 4_000;

/** Resolves a selection in the rights of the viewer in the assertion. Issuer: `automation`. */
export const selectTargets = {
  path: '/internal/selections',
  request: z.object({
    targetIds: z.array(z.string()).max(SELECTION_LIMIT).optional(),
    labels: z.array(label).max(LABEL_LIMIT).optional(),
    /** In the filter language. */
    filter: z.string().max(FILTER_LIMIT).optional(),
  }),
  response: z.object({
    targets: z.array(z.object({ id, name: z.string(), labels: z.record(z.string(), z.string()) })),
    /** Ids that name no target the viewer may use. */
    missingIds: z.array(z.string()),
    /** True when the selection means more targets than {@link SELECTION_LIMIT}; `targets` is empty then. */
    exceedsLimit: z.boolean(),
    /** Why `filter` is none, in a sentence that points at the character; `targets` is empty then. */
    filterFault: z.string().optional(),
  }),
} as const;

const hostKey = z.object({ algorithm: z.string(), publicKey: z.string() });

/** How to reach a target, with its secret. */
const connection = z.object({
  taskId: id,
  outcome: z.literal('released'),
  address: z.string(),
  port: z.int(),
  username: z.string(),
  authentication: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('password'), password: z.string() }),
    z.object({ kind: z.literal('privateKey'), privateKey: z.string(), passphrase: z.string().optional() }),
  ]),
  hostKeyPolicy: z.enum(['STRICT', 'TRUST_ON_FIRST_USE']),
  pinned: z.array(hostKey),
  revoked: z.array(hostKey),
});

/**
 * Releases connections to the holder of a task lease: once per task and attempt, each recorded. Issuer: `executor`.
 * One that is refused says why and holds nothing.
 */
export const releaseConnections = {
  path: '/internal/connections',
  request: z.object({
    executionId: id,
    tasks: z
      .array(z.object({ taskId: id, attempt: z.int().min(1), targetId: id }))
      .min(1)
      .max(100),
  }),
  response: z.object({
    connections: z.array(
      z.discriminatedUnion('outcome', [
        connection,
        z.object({ taskId: id, outcome: z.literal('refused'), reason: z.string() }),
      ]),
    ),
  }),
} as const;

/**
 * Asks whether a host key that a target presents may be trusted, and pins it when it is the first one and the policy
 * says so. Issuer: `executor`. Two executors that ask with different keys at once: one is accepted.
 */
export const judgeHostKey = {
  path: '/internal/host-keys',
  request: z.object({
    executionId: id,
    targetId: id,
    algorithm: z.string().max(100),
    /** Base64 of the key's wire format. */
    publicKey: z.string().max(20_000),
    /** `SHA256:...` as OpenSSH prints it. */
    fingerprint: z.string().max(200),
  }),
  response: z.object({ isAccepted: z.boolean() }),
} as const;

export type Selection = z.infer<typeof selectTargets.request>;
export type SelectedTargets = z.infer<typeof selectTargets.response>;
export type ReleaseRequest = z.infer<typeof releaseConnections.request>;
export type ReleasedConnections = z.infer<typeof releaseConnections.response>;
export type ReleasedConnection = z.infer<typeof connection>;
export type PresentedHostKey = z.infer<typeof judgeHostKey.request>;
