/** Tests run the sources as they are: swc strips the types, Node runs the modules (see docs/decisions). */
export default {
  rootDir: '.',
  roots: ['<rootDir>/packages', '<rootDir>/subgraphs', '<rootDir>/router', '<rootDir>/standalone', '<rootDir>/e2e'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: 'node',
  // Two loaded cores take their time to start servers; nothing is timed by this.
  testTimeout: 60_000,
  // Most tests wait for databases, sockets and processes.
  maxWorkers: 2,
  globalSetup: '<rootDir>/packages/testkit/src/databases/globalSetup.ts',
  globalTeardown: '<rootDir>/packages/testkit/src/databases/globalTeardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@opsconductor/)'],
};
