import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';

const admin = viewerWith();
let world: AutomationWorld;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

let names = 0;
const unique = () => `mine-${process.pid}-${++names}`;

type Files = Record<string, string | Buffer>;

const libraryYaml = (name: string, version = '1.0.0') => `name: ${name}\nversion: ${version}\ntitle: Mine\n`;
const greet: Files = {
  'steps/greet.yaml': `title: Greet
description: Greets.
category: greetings
script: greet.sh
checkMode: true
parameters:
  who: { type: string, default: world, maxLength: 20 }
  token: { type: string, writeOnly: true }
outputs:
  greeting: { type: text }
`,
  'steps/greet.sh': 'echo "greeting=hello $who"\n',
};

async function archiveOf(
  files: Files,
  extra: (Partial<Header> & { name: string; content?: string })[] = [],
): Promise<string> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  for (const { content = '', ...header } of extra) archive.entry(header, content);
  archive.finalize();
  return gzipSync(await buffer(archive)).toString('base64');
}

const document = /* GraphQL */ `
  mutation ($archive: String!) {
    installStepLibrary(input: { archive: $archive }) {
      __typename
      ... on StepLibraryInstalled {
        library {
          id
          name
          version
          digest
          installedBy {
            id
          }
          steps {
            name
          }
        }
      }
      ... on StepLibraryInvalid {
        message
        problems {
          file
          path
          message
        }
      }
    }
  }
`;

async function install(archive: string): Promise<TestData> {
  const { data, errors } = await world.execute(admin, document, { archive });
  expect(errors).toBeUndefined();
  return data.installStepLibrary;
}

const problemsOf = async (archive: string) => {
  const { __typename, problems } = await install(archive);
  expect(__typename).toBe('StepLibraryInvalid');
  return problems as { file: string; path: string; message: string }[];
};

const findStep = async (variables: Record<string, unknown>): Promise<TestData> => {
  const query = `query ($library: String!, $version: String, $name: String!) {
    stepDefinition(library: $library, version: $version, name: $name) {
      library version name title category platforms interpreter script needsRoot hasCheckMode isRepeatable parameters
      outputs { name type }
    }
  }`;
  return (await world.execute(admin, query, variables)).data.stepDefinition;
};

test('the library that comes with the product is there, with its steps', async () => {
  const { data } = await world.execute(
    admin,
    '{ stepLibraries { nodes { name version installedBy { id } steps { name category } } } }',
  );
  const linux = data.stepLibraries.nodes.find(({ name }: TestData) => name === 'linux');
  expect(linux).toMatchObject({ version: '1.0.0', installedBy: null });
  expect(linux.steps.length).toBeGreaterThanOrEqual(40);
  expect(await findStep({ library: 'linux', name: 'package-install' })).toMatchObject({
    hasCheckMode: true,
    needsRoot: true,
    parameters: { type: 'object', required: ['packages'], additionalProperties: false },
    outputs: [
      { name: 'packages', type: 'LIST' },
      { name: 'changed', type: 'BOOLEAN' },
    ],
  });
});

test('an archive is installed once, stays as it is, and its newest version is found', async () => {
  const name = unique();
  const archive = await archiveOf({ './library.yaml': libraryYaml(name), ...greet });
  const first = await install(archive);
  expect(first).toMatchObject({
    __typename: 'StepLibraryInstalled',
    library: { name, version: '1.0.0', steps: [{ name: 'greet' }], installedBy: { id: expect.any(String) } },
  });
  expect((await install(archive)).library.id).toBe(first.library.id);
  const changed = await archiveOf({ 'library.yaml': libraryYaml(name), ...greet, 'steps/greet.sh': 'echo other' });
  expect(await install(changed)).toMatchObject({ __typename: 'StepLibraryConflict' });
  for (const version of ['1.10.0', '1.9.0'])
    await install(await archiveOf({ 'library.yaml': libraryYaml(name, version), ...greet }));
  expect(await findStep({ library: name, name: 'greet' })).toMatchObject({ version: '1.10.0', interpreter: ['sh'] });
  expect(await findStep({ library: name, version: '1.0.0', name: 'greet' })).toMatchObject({ version: '1.0.0' });
  expect(await findStep({ library: name, version: '9.0.0', name: 'greet' })).toBeNull();
  expect(await findStep({ library: name, name: 'none\0' })).toBeNull();
});

test('pages follow each other by name, newest version first', async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const query =
      'query ($after: String) { stepLibraries(first: 1, after: $after) { nodes { name version } pageInfo { hasNextPage endCursor } } }';
    const page: TestData = (await world.execute(admin, query, { after })).data.stepLibraries;
    seen.push(...page.nodes.map(({ name, version }: TestData) => `${name} ${version}`));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBe(await world.prisma.stepLibrary.count());
  const mine = seen.filter((each) => each.startsWith('mine')).map((each) => each.split(' ')[1]);
  expect(mine.slice(0, 3)).toEqual(['1.10.0', '1.9.0', '1.0.0']);
});

test('every mistake is told with its file and place, all at once', async () => {
  const step = `title: ''
description: x
category: Not Good
script: missing.sh
unknown: 1
parameters:
  a: { type: string, patern: x }
  b: { type: integer, default: many }
required: [c]
`;
  const other = `title: Good
description: x
category: good
script: missing.sh
parameters:
  a: { type: string, patern: x }
  b: { type: integer, default: many }
  c: { type: string, pattern: '(?=x)' }
required: [d]
`;
  const problems = await problemsOf(
    await archiveOf({
      'library.yaml': 'name: UPPER\nversion: 1\n',
      'steps/step.yaml': step,
      'steps/other.yaml': other,
      'steps/broken.yaml': 'a: [',
      'steps/Wrong-Name.txt': '',
    }),
  );
  expect(problems).toEqual(
    expect.arrayContaining([
      { file: 'library.yaml', path: '', message: "must have required property 'title'" },
      { file: 'library.yaml', path: '/name', message: expect.stringContaining('pattern') },
      { file: 'library.yaml', path: '/version', message: 'must be string' },
      { file: 'steps/step.yaml', path: '', message: 'has an unknown property "unknown"' },
      { file: 'steps/step.yaml', path: '/category', message: expect.stringContaining('pattern') },
      { file: 'steps/other.yaml', path: '/script', message: 'names steps/missing.sh, which is missing' },
      { file: 'steps/other.yaml', path: '/parameters/a', message: expect.stringContaining('patern') },
      { file: 'steps/other.yaml', path: '/parameters/b/default', message: 'does not fit its own schema' },
      { file: 'steps/other.yaml', path: '/parameters/c', message: expect.stringContaining('JSON Schema') },
      { file: 'steps/other.yaml', path: '/required/0', message: 'names "d", which is no parameter' },
      { file: 'steps/broken.yaml', path: '', message: expect.stringContaining('is no YAML') },
    ]),
  );
});

test.each<[string, () => Promise<string> | string, string]>([
  ['a path out of it', () => archiveOf({ '../evil.yaml': '' }), 'plain path'],
  ['an absolute path', () => archiveOf({ '/etc/evil': '' }), 'plain path'],
  ['a hidden path', () => archiveOf({ 'steps/..\\evil': '' }), 'plain path'],
  [
    'a symbolic link',
    () => archiveOf({}, [{ name: 'steps/x', type: 'symlink', linkname: '/etc/passwd' }]),
    'neither a file',
  ],
  ['a hard link', () => archiveOf({}, [{ name: 'steps/x', type: 'link', linkname: '/etc/passwd' }]), 'neither a file'],
  ['a device', () => archiveOf({}, [{ name: 'steps/x', type: 'character-device' }]), 'neither a file'],
  ['the same file twice', () => archiveOf({ a: '1' }, [{ name: 'a', content: '2' }]), 'there twice'],
  ['a large file', () => archiveOf({ a: 'x'.repeat(300_000) }), 'larger than'],
  [
    'many large files',
    () => archiveOf(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, 'x'.repeat(250_000)]))),
    'larger than',
  ],
  ['a bomb', () => gzipSync(Buffer.alloc(500_000_000)).toString('base64').slice(0, 1_900_000), ''],
  ['bytes that are no text', () => archiveOf({ a: Buffer.of(0xff, 0xfe, 0) }), 'not a text'],
  ['no archive', () => Buffer.from('hello').toString('base64'), 'no gzipped tar'],
  ['no base64', () => 'not base64!', 'not base64'],
  ['nothing', () => '', 'not base64'],
  ['an empty archive', () => archiveOf({}), 'missing'],
  [
    'aliases that grow',
    () =>
      archiveOf({
        ...greet,
        'library.yaml': [
          'a: &a [x,x,x,x,x,x,x,x,x]',
          ...'bcdefghi'
            .split('')
            .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
        ].join('\n'),
      }),
    'aliases',
  ],
])('%s is refused', async (_what, archive, message) => {
  const problems = await problemsOf(await archive());
  expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
});

test.each<[string, Record<string, unknown>, string]>([
  ['library:read', {}, '{ stepLibraries { nodes { name } } }'],
  ['library:read', {}, '{ stepDefinition(library: "linux", name: "host-facts") { name } }'],
  ['library:write', { archive: 'x' }, document],
])('without %s nothing is answered', async (permission, variables, query) => {
  const others = ['job:read', 'library:read', 'library:write'].filter((each) => each !== permission);
  const { errors } = await world.execute(viewerWith(...(others as 'job:read'[])), query, variables);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('a library that takes long to read holds up nothing else', async () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: v`).join('\n');
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 20);
  const problems = await problemsOf(await archiveOf({ ...greet, 'library.yaml': keys }));
  clearInterval(timer);
  expect(problems.length).toBeGreaterThan(0);
  expect(turns).toBeGreaterThan(5);
});
