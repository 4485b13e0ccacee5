import { parseDocument } from 'yaml';
import type { ValidateFunction } from 'ajv';
import type { ValueType } from '../workflows/definition.ts';
import { LIBRARY_LIMITS } from './definition.ts';
import type {
  LibraryDefinition,
  LibraryFiles,
  LibraryProblem,
  ParametersSchema,
  StepDefinition,
} from './definition.ts';
import { compilePublished, compileSchema, describeError } from './jsonSchemas.ts';

/** What the files of a library may say, once they are valid. */
interface LibraryFile {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly description?: string;
  readonly prelude?: string;
}

interface StepFile {
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly icon?: string;
  readonly platforms?: readonly string[];
  readonly interpreter?: readonly string[];
  readonly script: string;
  readonly needsRoot?: boolean;
  readonly checkMode?: boolean;
  readonly isRepeatable?: boolean;
  readonly parameters?: ParametersSchema['properties'];
  readonly required?: readonly string[];
  readonly outputs?: Readonly<Record<string, { readonly type: ValueType; readonly description?: string }>>;
}

/** A library is not what it should be. */
export class LibraryUnreadable extends Error {
  readonly problems: readonly LibraryProblem[];

  constructor(problems: readonly LibraryProblem[]) {
    super(problems.map(({ file, path, message }) => `${file}${path && `#${path}`} ${message}`).join('\n'));
    this.name = 'LibraryUnreadable';
    this.problems = problems;
  }
}

const validateLibrary = compilePublished('library');
const validateStep = compilePublished('step');
const STEP_FILE = /^steps\/([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.yaml$/;
const CHECK_VARIABLE = 'check';

/**
 * Reads `library.yaml` and the steps in `steps/`, and finds everything that is wrong with them at once.
 * @throws LibraryUnreadable
 */
export function readLibrary(files: LibraryFiles): LibraryDefinition {
  const problems: LibraryProblem[] = [];
  const library = readYaml<LibraryFile>(files, 'library.yaml', validateLibrary, problems);
  const prelude = library?.prelude === undefined ? '' : readScript(files, 'library.yaml', library.prelude, problems);
  const names = [...files.keys()].flatMap((file) => STEP_FILE.exec(file)?.[1] ?? []).sort();
  if (names.length === 0)
    problems.push({ file: 'steps', path: '', message: 'holds no steps: files such as name.yaml' });
  if (names.length > LIBRARY_LIMITS.steps)
    throw new LibraryUnreadable([
      { file: 'steps', path: '', message: `holds more than ${LIBRARY_LIMITS.steps} steps` },
    ]);
  const steps = names.flatMap((name) => readStep(files, name, prelude ?? '', problems) ?? []);
  problems.push(...unknownFiles(files, steps, library));
  if (!library || problems.length > 0) throw new LibraryUnreadable(problems);
  const { prelude: _prelude, ...about } = library;
  return { ...about, steps };
}

function readStep(
  files: LibraryFiles,
  name: string,
  prelude: string,
  problems: LibraryProblem[],
): StepDefinition | undefined {
  const file = `steps/${name}.yaml`;
  const step = readYaml<StepFile>(files, file, validateStep, problems);
  if (!step) return undefined;
  const script = readScript(files, file, step.script, problems);
  const parameters = readParameters(file, step, problems);
  if (script === undefined || !parameters) return undefined;
  const { interpreter = ['sh'], platforms = ['linux'], outputs = {} } = step;
  return {
    name,
    title: step.title,
    description: step.description,
    category: step.category,
    ...(step.icon !== undefined && { icon: step.icon }),
    platforms,
    interpreter,
    script: interpreter.length === 1 && interpreter[0] === 'sh' ? `${prelude}${script}` : script,
    needsRoot: step.needsRoot ?? false,
    hasCheckMode: step.checkMode ?? false,
    isRepeatable: step.isRepeatable ?? false,
    parameters,
    outputs: Object.entries(outputs).map(([output, about]) => ({ name: output, ...about })),
  };
}

function readYaml<Content>(
  files: LibraryFiles,
  file: string,
  validate: ValidateFunction,
  problems: LibraryProblem[],
): Content | undefined {
  const text = files.get(file);
  if (text === undefined) {
    problems.push({ file, path: '', message: 'is missing' });
    return undefined;
  }
  // Aliases are bounded by the parser: a few lines of them can stand for more than fits into memory.
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true });
  const [fault] = document.errors;
  let content: unknown;
  try {
    content = fault ? undefined : document.toJS({ maxAliasCount: 50 });
  } catch {
    problems.push({ file, path: '', message: 'stands for too much by its aliases' });
    return undefined;
  }
  if (fault) problems.push({ file, path: '', message: `is no YAML: ${fault.message.split('\n', 1).join('')}` });
  else if (validate(content)) return content as Content;
  else problems.push(...(validate.errors ?? []).map((error) => ({ file, ...describeError(error) })));
  return undefined;
}

function readScript(files: LibraryFiles, file: string, script: string, problems: LibraryProblem[]): string | undefined {
  const text = files.get(`steps/${script}`);
  if (text === undefined) problems.push({ file, path: '/script', message: `names steps/${script}, which is missing` });
  else if (text.includes('\0')) problems.push({ file: `steps/${script}`, path: '', message: 'holds a NUL character' });
  else return text.replaceAll('\r\n', '\n');
  return undefined;
}

/** Each parameter is a schema that has to compile, and its default has to fit it. */
function readParameters(
  file: string,
  { parameters: properties = {}, required = [], checkMode = false }: StepFile,
  problems: LibraryProblem[],
): ParametersSchema | undefined {
  const before = problems.length;
  for (const [name, schema] of Object.entries(properties)) {
    const path = `/parameters/${name}`;
    const { default: standard, ...rest } = schema as typeof schema & { default?: unknown };
    try {
      const validate = compileSchema({ ...rest });
      if (standard !== undefined && !validate(standard))
        problems.push({ file, path: `${path}/default`, message: 'does not fit its own schema' });
    } catch (error) {
      const message = error instanceof Error ? error.message.slice(0, 300) : 'no schema';
      problems.push({ file, path, message: `is not a JSON Schema: ${message}` });
    }
  }
  for (const [index, name] of required.entries())
    if (!(name in properties))
      problems.push({ file, path: `/required/${index}`, message: `names "${name}", which is no parameter` });
  if (checkMode && CHECK_VARIABLE in properties)
    problems.push({ file, path: `/parameters/${CHECK_VARIABLE}`, message: 'is the name of the check mode itself' });
  return problems.length > before ? undefined : { type: 'object', properties, required, additionalProperties: false };
}

/** A file that nothing names is a mistake as a rule: a misspelled step would be missing without a word. */
function unknownFiles(
  files: LibraryFiles,
  steps: readonly StepDefinition[],
  library: LibraryFile | undefined,
): LibraryProblem[] {
  const isKnown = (file: string) =>
    file === 'library.yaml' ||
    STEP_FILE.test(file) ||
    /^(?:README|LICENSE)[^/]*$/.test(file) ||
    /^steps\/.*\.(?:sh|py|pl|ps1|rb)$/.test(file);
  if (!library || steps.length === 0) return [];
  return [...files.keys()]
    .filter((file) => !isKnown(file))
    .map((file) => ({ file, path: '', message: 'is no part of a library' }));
}
