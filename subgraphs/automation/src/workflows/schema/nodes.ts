import { roles } from '@opsconductor/authz';
import { z } from 'zod';
import type { Workflow } from '../definition.ts';
import { parameters } from './parameters.ts';
import {
  count,
  description,
  expression,
  label,
  name,
  nodeId,
  record,
  script,
  seconds,
  share,
  shareOrNone,
  template,
  text,
} from './texts.ts';

const retry = z.strictObject({
  limit: z.int().min(0).max(20),
  delaySeconds: z.number().min(0).max(86_400),
  backoffFactor: z.number().min(1).max(10).exactOptional(),
  maxDelaySeconds: seconds.exactOptional(),
  on: z
    .array(z.enum(['FAILED', 'TIMED_OUT', 'UNREACHABLE']))
    .min(1)
    .max(3)
    .exactOptional(),
});

const outputSource = z.discriminatedUnion('parse', [
  z.strictObject({ parse: z.literal('json'), path: text(500, 1).exactOptional() }),
  z.strictObject({ parse: z.literal('keyValue'), key: text(200, 1) }),
  z.strictObject({ parse: z.literal('regex'), pattern: text(1_000, 1), group: z.int().min(0).max(50).exactOptional() }),
  z.strictObject({ parse: z.literal('stdout') }),
  z.strictObject({ parse: z.literal('exitCode') }),
]);

const outputs = z
  .array(
    z.strictObject({
      name,
      type: z.enum(['text', 'integer', 'number', 'boolean', 'list', 'object']),
      from: outputSource,
      isSecret: z.boolean().exactOptional(),
    }),
  )
  .max(50);

const naming = { id: nodeId, name: label.exactOptional() };

const settings = {
  description: description.exactOptional(),
  position: z.strictObject({ x: z.number(), y: z.number() }).exactOptional(),
  retry: retry.exactOptional(),
  timeoutSeconds: seconds.exactOptional(),
  continueOnError: z.boolean().exactOptional(),
  onFailure: nodeId.exactOptional(),
  compensateWith: nodeId.exactOptional(),
  safeToRepeat: z.boolean().exactOptional(),
  outputs: outputs.exactOptional(),
};

const fanOut = z.strictObject({
  filter: text(10_000, 1).exactOptional(),
  concurrency: count.max(5_000).exactOptional(),
  batches: z.array(share).min(1).max(100).exactOptional(),
  canary: count.max(1_000).exactOptional(),
  order: z.enum(['name', 'inventory', 'random', 'reverse']).exactOptional(),
  maxFailures: z.strictObject({ over: z.enum(['step', 'batch']), limit: shareOrNone }).exactOptional(),
  runOnce: z.boolean().exactOptional(),
  limitPerLabel: z.strictObject({ label: label.min(1), limit: count.max(5_000) }).exactOptional(),
  lockTarget: z.boolean().exactOptional(),
  spreadBy: label.min(1).exactOptional(),
});

const environmentName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'has letters, digits and _ only');

const runSettings = {
  fanOut: fanOut.exactOptional(),
  runAs: z
    .strictObject({
      user: z
        .string()
        .max(100)
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@$\\-]*$/, 'is not the name of a user'),
      method: z.enum(['sudo', 'su']),
    })
    .exactOptional(),
  environment: record(environmentName, template, 100).exactOptional(),
  workingDirectory: template.min(1).max(4_096).exactOptional(),
  guard: z.boolean().exactOptional(),
};

const path = template.min(1).max(4_096);
const mode = z.string().regex(/^0?[0-7]{3,4}$/, 'is an octal mode such as 0644');
const interpreter = z.union([
  z.enum(['sh', 'bash', 'python3', 'pwsh']),
  z.strictObject({ path: text(4_096, 1), arguments: z.array(text(4_096)).max(50).exactOptional() }),
]);

const headerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not the name of a header');

const roleNames = Object.keys(roles) as (keyof typeof roles)[];

export const approvalSettings = {
  message: template.min(1),
  quorum: count.max(20).exactOptional(),
  expiresAfterSeconds: z
    .int()
    .min(60)
    .max(30 * 86_400)
    .exactOptional(),
  remindEverySeconds: z
    .int()
    .min(60)
    .max(30 * 86_400)
    .exactOptional(),
  mayRequesterApprove: z.boolean().exactOptional(),
  approverRoles: z.array(z.enum(roleNames)).min(1).max(20).exactOptional(),
  form: parameters.exactOptional(),
};

const expressions = record(name, expression, 100);

function kind<Kind extends string, Shape extends z.ZodRawShape>(value: Kind, shape: Shape) {
  // In the order in which people write and read a node: what is accepted is kept in this order.
  return z.strictObject({ ...naming, kind: z.literal(value), ...shape, ...settings });
}

/** Programs and files on targets. */
const onTargets = [
  kind('command', { command: template.min(1), ...runSettings }),
  kind('script', {
    script: script.min(1),
    interpreter,
    arguments: z.array(template).max(100).exactOptional(),
    ...runSettings,
  }),
  kind('libraryStep', {
    library: text(100, 1),
    version: text(50, 1),
    step: text(100, 1),
    parameters: record(z.string().max(100), z.json(), 100),
    ...runSettings,
  }),
  kind('upload', { artifact: template.min(1), path, mode: mode.exactOptional(), ...runSettings }),
  kind('download', { path, artifact: template.min(1), ...runSettings }),
  kind('sync', { artifact: template.min(1), path, deleteExtraneous: z.boolean().exactOptional(), ...runSettings }),
  kind('templateFile', { template: script, path, mode: mode.exactOptional(), ...runSettings }),
] as const;

/** What the engine does itself. */
const inEngine = [
  kind('start', {}),
  kind('end', {}),
  kind('http', {
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']),
    url: template.min(1).max(8_000),
    headers: record(headerName, template, 50).exactOptional(),
    body: script.exactOptional(),
    expectedStatuses: z.array(z.int().min(100).max(599)).min(1).max(50).exactOptional(),
  }),
  kind('wait', { secondsExpression: expression }),
  kind('waitUntil', { conditionExpression: expression, everySeconds: seconds, node: nodeId.exactOptional() }),
  kind('approval', approvalSettings),
  kind('condition', { conditionExpression: expression }),
  kind('switch', { valueExpression: expression, cases: z.array(text(200, 1)).min(1).max(100) }),
  kind('parallel', {}),
  kind('join', { needs: z.union([z.enum(['all', 'any']), count.max(500)]).exactOptional() }),
  kind('subJob', {
    jobId: z.uuid(),
    revision: count.exactOptional(),
    inputExpressions: expressions.exactOptional(),
    waitForEnd: z.boolean().exactOptional(),
  }),
  kind('setVariables', { variableExpressions: expressions }),
  kind('transform', { outputExpressions: expressions }),
  kind('notification', { channel: text(100, 1), subject: template.min(1).max(1_000), body: template }),
  kind('assert', { conditionExpression: expression, message: template.exactOptional() }),
] as const;

const forEach = z.strictObject({
  ...naming,
  kind: z.literal('forEach'),
  itemsExpression: expression,
  concurrency: count.max(1_000).exactOptional(),
  get body(): z.ZodType<Workflow> {
    return workflow;
  },
  ...settings,
});

const edge = z.strictObject({
  from: nodeId,
  to: nodeId,
  on: z.enum(['success', 'failure', 'always', 'expression']),
  whenExpression: expression.exactOptional(),
  branch: text(200, 1).exactOptional(),
});

/** Most nodes of a job, those in the bodies of loops included. */
export const NODE_LIMIT = 500;

export const workflow = z.strictObject({
  nodes: z.array(z.discriminatedUnion('kind', [...onTargets, ...inEngine, forEach])).max(NODE_LIMIT),
  edges: z.array(edge).max(2_000),
});
