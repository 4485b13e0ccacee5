// npm test: sets up what the tests need and runs them. With arguments they go to Jest, and the checks are left out.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, environment, giveUp, prepare, root, run, step } from './prepare.mjs';

const programs = [
  { file: 'redis-server', package: 'redis-server', folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'] },
  { file: 'sshd', package: 'openssh-server', folders: ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'] },
];
const checks = ['generate:types', 'typecheck', 'lint', 'format:check', 'supergraph:check', 'migrations:check'];

const jestArguments = process.argv.slice(2);
await prepare();
await installPrograms();
const counts = { passed: 0, failed: 0 };
if (jestArguments.length === 0) await runChecks();
await runJest();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

async function installPrograms() {
  const missing = programs.filter(({ file, folders }) => !folders.some((folder) => existsSync(join(folder, file))));
  if (missing.length === 0) return;
  const names = missing.map((program) => program.package);
  if (!isDebian() || process.getuid?.() !== 0)
    giveUp(
      `The tests need ${names.join(' and ')}: install ${names.length > 1 ? 'them' : 'it'}, with apt-get install ${names.join(' ')} on Debian or Ubuntu.`,
    );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step('Reading package lists', 'apt-get', ['update', '-q'], { env });
  await step(
    `Installing ${names.join(', ')}`,
    'apt-get',
    ['install', '-q', '-y', '--no-install-recommends', ...names],
    { env },
  );
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** What the sources promise besides their behaviour; each counts as one test. */
async function runChecks() {
  for (const check of checks) {
    const started = Date.now();
    const { code, output } = await run('npm', ['run', '--silent', check]);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (code === 0) counts.passed += 1;
    else counts.failed += 1;
    console.log(`${code === 0 ? 'PASS' : 'FAIL'} npm run ${check} (${seconds} s)`);
    if (code !== 0) console.log(output.trimEnd());
  }
}

async function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'opsconductor-jest-'));
  const results = join(folder, 'results.json');
  // A test that leaks has failed already or will; the run itself always ends.
  const args = [bin('jest'), '--json', `--outputFile=${results}`, '--forceExit', ...jestArguments];
  const env = environment({ NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' });
  const code = await new Promise((resolve) => {
    const child = spawn(bin('node'), args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('close', (status) => resolve(status ?? 1));
  });
  if (existsSync(results)) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(results, 'utf8'));
    counts.passed += numPassedTests;
    counts.failed += numFailedTests + numRuntimeErrorTestSuites;
  }
  // A runner that dies, or a run that leaks, is a failure however many tests passed before.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  rmSync(folder, { recursive: true, force: true });
}
