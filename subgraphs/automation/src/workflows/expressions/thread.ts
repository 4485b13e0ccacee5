/** The thread in which expressions are evaluated: whoever owns it may end it at any moment, and starts another. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEvaluator } from './evaluator.ts';
import { clockMs, writeProgress } from './progress.ts';
import type { ExpressionRequest } from './requests.ts';

const progress = workerData as Int32Array<SharedArrayBuffer>;
const evaluator = createEvaluator();

parentPort?.on('message', (requests: readonly ExpressionRequest[]) => {
  const seen = new WeakMap<object, unknown>();
  const answers = requests.map((request, index) => {
    writeProgress(progress, index, clockMs());
    return evaluator.answer(request, seen);
  });
  writeProgress(progress, undefined, 0);
  parentPort?.postMessage(answers);
});
