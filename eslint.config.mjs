import js from '@eslint/js';
import ts from 'typescript-eslint';

/** Who may import whom: the one-way streets of docs/ARCHITECTURE.md. */
const domains = ['identity', 'assets', 'automation', 'communication'];
const parts = [...domains, 'router', 'standalone'];
const pathsBetweenPackages = {
  regex: '^(\\.\\./)+(packages|subgraphs|router|standalone|bench|e2e)/',
  message: 'Import another package by its name.',
};
const named = (names, message) => ({ regex: `^@opsconductor/(${names.join('|')})$`, message });
const forbid = (files, ...patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [pathsBetweenPackages, ...patterns] }] },
});
const queueLibrary = { regex: '^pg-boss$', message: 'Only packages/events/src/jobQueue.ts knows pg-boss.' };
const sshLibrary = { regex: '^ssh2$', message: 'Only the ssh folder builds SSH clients.' };

export default ts.config(
  { ignores: ['**/node_modules/', '**/generated/', 'data/', 'data-demo/'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] },
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { properties: false, arguments: false } },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Does not see `??=`, which reads as well as writes.
      'no-unused-private-class-members': 'off',
      // Objects here are made of closures: their methods need no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
    },
  },
  {
    // Answers of the graph are as loose as JSON for whoever only reads them.
    files: [
      '**/*.test.ts',
      '**/testing/**/*.ts',
      'packages/testkit/**/*.ts',
      'standalone/src/demo/**/*.ts',
      'bench/**/*.ts',
      'e2e/**/*.ts',
    ],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // Configuration is read at one place of each process, and validated before anything starts.
    files: ['packages/*/src/**/*.ts', 'subgraphs/*/src/**/*.ts', 'router/src/**/*.ts', 'standalone/src/**/*.ts'],
    ignores: ['**/env.ts', '**/main.ts', '**/*Main.ts', '**/*.test.ts', '**/testing/**', 'packages/testkit/**'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read it in env.ts.' }],
    },
  },
  forbid(['packages/*/src/**/*.ts'], named(parts, 'A package knows no part that uses it.')),
  forbid(['packages/events/src/!(jobQueue).ts'], named(parts, 'A package knows no part that uses it.'), queueLibrary),
  ...domains.map((domain) =>
    forbid(
      [`subgraphs/${domain}/src/**/*.ts`],
      named(
        parts.filter((part) => part !== domain),
        'A subgraph imports no subgraph and not the router.',
      ),
      queueLibrary,
    ),
  ),
  forbid(
    ['subgraphs/automation/src/executions/**/*.ts', 'subgraphs/automation/src/engine/**/*.ts'],
    named(parts, 'A subgraph imports no subgraph and not the router.'),
    queueLibrary,
    sshLibrary,
    { regex: '^(graphql|@apollo/.*)$', message: 'GraphQL stays in resolvers.' },
  ),
  forbid(
    ['subgraphs/automation/src/ssh/**/!(*.test).ts'],
    named([...parts, 'database', 'events', 'subgraph', 'fleet', 'authz'], 'The SSH transport knows no domain.'),
    { regex: '^\\.\\./(?!\\.)(executions|engine|context|subgraph|env)', message: 'The SSH transport knows no domain.' },
    { regex: 'generated/', message: 'The SSH transport knows no database.' },
    { regex: '^(graphql|@apollo/.*)$', message: 'The SSH transport knows no GraphQL.' },
  ),
  forbid(
    ['router/src/**/*.ts'],
    named(
      [...domains, 'standalone', 'database', 'vault', 'fleet'],
      'The router reaches domains through their graph only.',
    ),
  ),
  {
    files: ['subgraphs/*/src/**/*.ts'],
    ignores: ['**/resolvers.ts', '**/subgraph.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value=/resolvers\\.ts$/]',
          message: 'Imports go resolvers -> domain -> data.',
        },
      ],
    },
  },
);
