import { z } from 'zod';
import { count, description, expression, label, name, nodeId, template, text } from './texts.ts';

const PARAMETERS = 100;
const OPTIONS = 1_000;

const options = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('list'),
    values: z
      .array(z.strictObject({ value: text(1_000, 1), label: label.exactOptional() }))
      .min(1)
      .max(OPTIONS),
  }),
  z.strictObject({ from: z.literal('url'), url: template.min(1).max(4_000) }),
  z.strictObject({ from: z.literal('execution'), jobId: z.uuid(), node: nodeId, output: name }),
]);

export const parameter = z.strictObject({
  name,
  label: label.exactOptional(),
  description: description.exactOptional(),
  type: z.enum([
    'text',
    'secret',
    'integer',
    'number',
    'boolean',
    'date',
    'choice',
    'multiChoice',
    'targetFilter',
    'credential',
    'file',
  ]),
  isRequired: z.boolean().exactOptional(),
  default: z.json().exactOptional(),
  options: options.exactOptional(),
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
  minLength: z.int().min(0).exactOptional(),
  maxLength: count.exactOptional(),
  pattern: text(1_000, 1).exactOptional(),
  visibleExpression: expression.exactOptional(),
});

export const parameters = z.array(parameter).max(PARAMETERS);
