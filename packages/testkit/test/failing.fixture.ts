import { createTestDatabase } from '@opsconductor/testkit';
import type { TestDatabase } from '@opsconductor/testkit';

// Run by testDatabase.test.ts, which wants it to fail.
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test('fails', () => {
  expect('this').toBe('that');
});
