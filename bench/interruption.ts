/**
 * Aborted by Ctrl-C or SIGTERM. It ends every process that a bench has started; the bench fails by that, and releases
 * what it holds on its way out. The same signal again ends this process at once.
 */
const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());

export const interruption = controller.signal;
