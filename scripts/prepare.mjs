// Makes a clone ready to run: the right Node, dependencies, generated code. Does only what is missing, and says what it does.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marks = join(root, 'node_modules', '.opsconductor');
const oldestNode = [20, 19];
const productNode = 24;

/** Ends the process with a sentence that says what is missing. */
export function giveUp(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

/** @returns the path of the Node that runs the product */
export async function prepare() {
  const node = await prepareDependencies();
  await generateClients();
  return node;
}

/** For what touches no database. @returns as `prepare` */
export async function prepareDependencies() {
  requireNode();
  requireWritable();
  await installDependencies();
  return findNode();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]))
    giveUp(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer, 24 at best.`);
}

function requireWritable() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    giveUp(`${root} is not writable for this user: OpsConductor installs its dependencies there.`);
  }
}

async function installDependencies() {
  const wanted = hashOf(['package.json', 'package-lock.json']);
  if (readMark('install') === wanted) return;
  await step('Installing dependencies', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeMark('install', wanted);
}

async function generateClients() {
  const schemas = readdirSync(join(root, 'prisma')).map((domain) => `prisma/${domain}/schema.prisma`);
  const wanted = hashOf([...schemas, 'package-lock.json']);
  const isThere = schemas.every((path) => existsSync(join(root, 'subgraphs', path.split('/')[1], 'generated/prisma')));
  if (isThere && readMark('generate') === wanted) return;
  await step('Generating database clients', bin('turbo'), [
    'run',
    'generate',
    '--output-logs=errors-only',
    '--no-daemon',
  ]);
  writeMark('generate', wanted);
}

/** The product's own Node from the npm registry, or the one that runs this where that is new enough. */
export function findNode() {
  const own = bin('node');
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= productNode) return process.execPath;
  return giveUp(
    `There is no npm package of Node ${productNode} for ${process.platform}-${process.arch}: install Node ${productNode} and start again.`,
  );
}

export function bin(name) {
  return join(root, 'node_modules', '.bin', name);
}

/** Runs a long step under one line of progress. What it prints is shown only when it fails. */
export async function step(title, command, args, options = {}) {
  const started = Date.now();
  process.stdout.write(`${title} ...`);
  const { code, output } = await run(command, args, options);
  if (code === 0) return void console.log(` done (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  console.log(' failed');
  console.error(output.trimEnd());
  giveUp(`${title} failed: the lines above say why.`);
}

/** @returns exit code and everything that was printed */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let output = '';
    const gather = (text) => (output += text);
    child.stdout?.on('data', gather);
    child.stderr?.on('data', gather);
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The environment for the project's own tools: its Node first on the path, nothing that calls home. */
export function environment(extra = {}) {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    CHECKPOINT_DISABLE: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
    APOLLO_TELEMETRY_DISABLED: 'true',
    ...extra,
  };
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function readMark(name) {
  try {
    return readFileSync(join(marks, name), 'utf8');
  } catch {
    return undefined;
  }
}

function writeMark(name, value) {
  mkdirSync(marks, { recursive: true });
  writeFileSync(join(marks, name), value);
}
