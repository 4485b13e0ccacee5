import { inProcess } from './inProcess.ts';
import { describeTransport } from './transport.contract.ts';

describeTransport('in process', async (execute, requestMs) => ({
  transport: inProcess({ execute }, { requestMs }),
  [Symbol.asyncDispose]: async () => undefined,
}));
