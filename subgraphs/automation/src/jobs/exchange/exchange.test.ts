import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JobDefinition } from '../../workflows/definition.ts';
import { createExpressions } from '../../workflows/expressions/index.ts';
import { parseDefinition } from '../../workflows/validation/parseDefinition.ts';
import { validateDefinition } from '../../workflows/validation/index.ts';
import { jobDocumentSchema, readDocument, writeDocument } from './jobDocument.ts';
import { DocumentUnreadable } from './refusals.ts';

const published: object = JSON.parse(
  readFileSync(new URL('../../../../../schema/job.schema.json', import.meta.url), 'utf8'),
);
const isValid = new Ajv2020({
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
  formats: { uuid: true },
}).compile(published);

/** Texts with everything in them that files and shells trip over. */
const text = fc.oneof(
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .filter((each) => each.isWellFormed() && !each.includes('\0')),
  fc.constantFrom(
    'no',
    'null',
    '~',
    '1e3',
    '0o17',
    '- a',
    'a: b',
    '#x',
    '"',
    "'",
    '\n',
    ' x ',
    '\t',
    'a\r\nb\n\n',
    '*a',
    '&a',
    '!!x',
    '%',
    '@',
    '`',
    '? a',
    '|\n',
    '${{ 1 }}',
    '2026-01-01',
    '\u0085\u2028',
    '\ufeff',
  ),
);
const id = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/).map((name) => `n_${name}`);
const node = fc.oneof(
  fc.record(
    {
      id,
      kind: fc.constant('command'),
      command: text,
      environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,5}$/), text),
      timeoutSeconds: fc.integer({ min: 1, max: 100 }),
    },
    { requiredKeys: ['id', 'kind', 'command'] },
  ),
  fc.record({
    id,
    kind: fc.constant('script'),
    script: text,
    interpreter: fc.oneof(fc.constant('bash'), fc.record({ path: text })),
  }),
  fc.record({
    id,
    kind: fc.constant('switch'),
    valueExpression: text,
    cases: fc.array(text, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    id,
    kind: fc.constant('libraryStep'),
    library: text,
    version: text,
    step: text,
    parameters: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 2 })),
  }),
  fc.record({
    id,
    kind: fc.constant('forEach'),
    itemsExpression: text,
    body: fc.record({
      nodes: fc.array(fc.record({ id, kind: fc.constant('wait'), secondsExpression: text }), { maxLength: 2 }),
      edges: fc.constant([]),
    }),
  }),
);
const definition = fc
  .record(
    {
      description: text,
      parameters: fc.array(
        fc.record({ name: fc.stringMatching(/^p[a-zA-Z0-9]{0,8}$/), type: fc.constant('text'), default: text }),
        { maxLength: 3 },
      ),
      workflow: fc.record({
        nodes: fc.array(node, { maxLength: 5 }),
        edges: fc.array(fc.record({ from: id, to: id, on: fc.constant('success') }), { maxLength: 3 }),
      }),
      targetFilter: text,
      policies: fc.record({
        priority: fc.integer({ min: -100, max: 100 }),
        timeoutSeconds: fc.integer({ min: 1, max: 1_000 }),
      }),
    },
    { requiredKeys: ['parameters', 'workflow'] },
  )
  .map((each) => JSON.parse(JSON.stringify(each)) as JobDefinition)
  .filter((each) => parseDefinition(each).definition !== undefined);

test('what is exported comes back as it was, as YAML and as JSON', async () => {
  await fc.assert(
    fc.asyncProperty(definition, text, fc.constantFrom('YAML', 'JSON'), async (exported, name, format) => {
      const document = await readDocument(writeDocument({ name, definition: exported }, format));
      expect(document).toEqual({ name, definition: exported });
    }),
    { numRuns: 100 },
  );
});

test('the published schema is that of the code: npm run job-schema writes it', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(jobDocumentSchema())));
});

test('the published schema accepts what the code accepts, and refuses only what the code refuses', () => {
  const documentOf = (json: object) => ({ format: 'opsconductor.job/1', name: 'x', ...json });
  fc.assert(
    fc.property(definition, (accepted) => {
      expect(isValid(documentOf(accepted)) ? [] : isValid.errors).toEqual([]);
    }),
    { numRuns: 300 },
  );
  const damage = fc.constantFrom<(each: Record<string, unknown>) => void>(
    (each) => delete each['parameters'],
    (each) => (each['extra'] = 1),
    (each) => (each['targetFilter'] = 7),
    (each) => (each['parameters'] = [{ name: 'P', type: 'text' }]),
    (each) => (each['workflow'] = { nodes: [{ id: 'a', kind: 'fly' }], edges: [] }),
    (each) =>
      (each['workflow'] = {
        nodes: [{ id: 'a', kind: 'command', command: 'x', retry: { limit: 21, delaySeconds: 1 } }],
        edges: [],
      }),
  );
  fc.assert(
    fc.property(definition, damage, (accepted, spoil) => {
      const spoilt = structuredClone(accepted) as unknown as Record<string, unknown>;
      spoil(spoilt);
      expect(isValid(documentOf(spoilt))).toBe(false);
      expect(parseDefinition(spoilt).definition).toBeUndefined();
    }),
  );
});

const head = 'format: opsconductor.job/1\nname: x\n';
const bomb = Array.from({ length: 12 }, (_, index) =>
  index === 0
    ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
    : `a${index}: &a${index} [${Array.from({ length: 9 }, () => `*a${index - 1}`).join(', ')}]`,
).join('\n');

test.each<[string, string]>([
  ['nothing', ''],
  ['a list', '- a'],
  ['another format', 'format: other/1\nname: x'],
  ['no name', 'format: opsconductor.job/1'],
  ['no YAML', `${head}a: [`],
  ['broken JSON', '{"format": "opsconductor.job/1", '],
  ['a key twice', `${head}name: y`],
  ['an alias', `${head}a: &a 1\nb: *a`],
  ['a bomb of aliases', `${head}${bomb}`],
  ['a merge key with an alias', `${head}a: &a {b: 1}\nc:\n  <<: *a`],
  ['two documents', `${head}---\n${head}`],
  ['an unknown tag', `${head}a: !run x`],
  ['a list ten thousand deep', `${head}a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['three megabytes', `${head}a: ${'x'.repeat(3 * 1024 * 1024)}`],
])('a document is refused: %s', async (_, content) => {
  await expect(readDocument(content)).rejects.toBeInstanceOf(DocumentUnreadable);
});

test('a document that takes minutes to read is given up, and nothing else waits for it', async () => {
  const keys = Array.from({ length: 150_000 }, (_, index) => `k${index}: v`).join('\n');
  const reading = expect(readDocument(`${head}${keys}`)).rejects.toThrow('too much');
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 20);
  await reading;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(20);
});

test('a fault in a document is told with its line', async () => {
  await expect(readDocument(`${head}a: b: c`)).rejects.toMatchObject({ line: 3, column: expect.any(Number) });
});

describe('templates', () => {
  const folder = new URL('../templates/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

  test('there are some', () => expect(files.length).toBeGreaterThan(5));

  test.each(files)('%s is a job without problems', async (file) => {
    const expressions = createExpressions();
    const { definition: json } = await readDocument(readFileSync(new URL(file, folder), 'utf8'));
    expect((await validateDefinition(json, expressions)).problems).toEqual([]);
    await expressions.close();
  });
});
