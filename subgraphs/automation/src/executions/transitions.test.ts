import fc from 'fast-check';
import { ExecutionStatus, StepStatus, TaskStatus } from '../../generated/prisma/enums.ts';
import {
  concludeStep,
  executionTransitions,
  isEnded,
  isTaskEnded,
  stepTransitions,
  taskTransitions,
} from './transitions.ts';

const taskStatuses = Object.values(TaskStatus);
const ends = taskStatuses.filter(isTaskEnded);

test('the tables are total and lead only to states that exist', () => {
  expect(Object.keys(taskTransitions).sort()).toEqual([...taskStatuses].sort());
  expect(Object.keys(stepTransitions).sort()).toEqual(Object.values(StepStatus).sort());
  expect(Object.keys(executionTransitions).sort()).toEqual(Object.values(ExecutionStatus).sort());
});

test('every state that is not an end reaches one', () => {
  for (const status of taskStatuses)
    expect(isTaskEnded(status) || taskTransitions[status].some((next) => next !== status)).toBe(true);
});

test('a step that tolerates nothing is SUCCEEDED only when every task is', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ends), { minLength: 1 }), fc.boolean(), (tasks, isCancelling) => {
      const counts = Object.fromEntries(ends.map((end) => [end, tasks.filter((task) => task === end).length]));
      const conclusion = concludeStep(counts, isCancelling);
      expect(isEnded(conclusion)).toBe(true);
      expect(conclusion === 'SUCCEEDED').toBe(tasks.every((task) => task === 'SUCCEEDED'));
    }),
  );
});

test('what is not known is never called a success or hidden behind a cancellation nobody asked for', () => {
  expect(concludeStep({ SUCCEEDED: 9, UNKNOWN: 1 }, false)).toBe('UNKNOWN');
  expect(concludeStep({ UNKNOWN: 1, FAILED: 1 }, false)).toBe('FAILED');
  expect(concludeStep({ UNKNOWN: 1, SUCCEEDED: 1 }, true)).toBe('CANCELLED');
});
