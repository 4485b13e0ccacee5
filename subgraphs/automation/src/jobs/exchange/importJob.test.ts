import { anonymous } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../../testing/world.ts';
import type { AutomationWorld, TestData } from '../../testing/world.ts';

let world: AutomationWorld;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const admin = viewerWith();
const importing = /* GraphQL */ `
  mutation ($input: ImportJobInput!) {
    importJob(input: $input) {
      __typename
      ... on Refusal {
        message
      }
      ... on InvalidInput {
        field
      }
      ... on JobDocumentUnreadable {
        line
        column
      }
      ... on JobInvalid {
        problems {
          code
          node
        }
      }
      ... on JobSaved {
        job {
          id
          name
          revision {
            number
            definition
            comment
          }
        }
      }
    }
  }
`;
const exporting =
  'query ($id: ID!, $format: JobDocumentFormat, $revision: Int) { exportJob(id: $id, format: $format, revision: $revision) { fileName content } }';

async function run(document: string, variables: object): Promise<TestData> {
  const { data, errors } = await world.execute(admin, document, { ...variables });
  if (errors) throw new Error(errors[0]?.message);
  return data;
}
const importJob = async (input: object): Promise<TestData> => (await run(importing, { input })).importJob;

test('every template is imported by its name, exported, and imported again as the same', async () => {
  const { jobTemplates } = await run('{ jobTemplates { name title description content } }', {});
  expect(jobTemplates.length).toBeGreaterThan(5);
  for (const { name: template, title, description } of jobTemplates) {
    expect([title, description].every(Boolean)).toBe(true);
    const { job } = await importJob({ template });
    expect(job).toMatchObject({ name: title, revision: { number: 1, comment: 'Imported' } });
    for (const format of ['YAML', 'JSON']) {
      const { fileName, content } = (await run(exporting, { id: job.id, format })).exportJob;
      expect(fileName).toMatch(/^[a-z-]+\.(yaml|json)$/);
      const copy = await importJob({ content, name: `${title} ${format}` });
      expect(copy.job.revision.definition).toEqual(job.revision.definition);
    }
  }
});

test('a job that is there is refused, or becomes what the document says', async () => {
  const content =
    'format: opsconductor.job/1\nname: There\nparameters: []\nworkflow: { nodes: [{ id: a, kind: start }], edges: [] }\n';
  const { job } = await importJob({ content });
  expect((await importJob({ content })).__typename).toBe('JobNameTaken');
  const changed = content.replace('id: a', 'id: b');
  expect(await importJob({ content: changed, ifExists: 'UPDATE' })).toMatchObject({
    job: { id: job.id, revision: { number: 2 } },
  });
  expect(await importJob({ content: changed, ifExists: 'UPDATE' })).toMatchObject({ job: { revision: { number: 2 } } });
  const first = (await run(exporting, { id: job.id, revision: 1 })).exportJob.content;
  expect(first).toContain('id: a');
  expect((await run(exporting, { id: job.id, revision: 9 })).exportJob).toBeNull();
});

test('what cannot be imported says why', async () => {
  expect(await importJob({})).toMatchObject({ __typename: 'InvalidInput', field: 'content' });
  expect(await importJob({ content: 'a', template: 'b' })).toMatchObject({ __typename: 'InvalidInput' });
  expect(await importJob({ template: '../../../package' })).toMatchObject({ __typename: 'JobTemplateNotFound' });
  expect(await importJob({ content: 'format: [' })).toMatchObject({ __typename: 'JobDocumentUnreadable', line: 1 });
  const content = 'format: opsconductor.job/1\nname: x\nparameters: []\nworkflow: { nodes: [], edges: [] }';
  expect(await importJob({ content })).toMatchObject({
    __typename: 'JobInvalid',
    problems: [{ code: 'MISSING_START', node: null }],
  });
});

test.each([
  ['job:read', '{ jobTemplates { name } }'],
  ['job:read', '{ exportJob(id: "x") { content } }'],
  ['job:write', 'mutation { importJob(input: {}) { __typename } }'],
] as const)('%s is needed for %s, and enough', async (permission, document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith(permission))).toEqual([]);
});
