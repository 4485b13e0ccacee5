import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSpan, startTracing } from './tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

test('without a collector, a trace is passed on and nothing is recorded', () => {
  const span = startSpan('work', 'server', traceparent);
  expect(span.child('more', 'client').traceparent).toBe(traceparent);
  expect(startSpan('work', 'server').traceparent).toBeUndefined();
});

test.each([
  '',
  'nonsense',
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `${traceparent}\r\nx: y`,
  `ff${traceparent.slice(2)}`,
])('a header that is none is dropped: %j', (header) =>
  expect(startSpan('work', 'server', header).traceparent).toBeUndefined(),
);

interface Exported {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: { name: string; traceId: string; spanId: string; parentSpanId?: string; status: object }[] }[];
  }[];
}

test('with a collector, spans arrive there, in the trace of who asked', async () => {
  const received: Exported[] = [];
  const collector = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => received.push(JSON.parse(text) as Exported));
    request.on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  const stop = await startTracing('router', `http://127.0.0.1:${port}/`);
  try {
    const outer = startSpan('operation', 'server', traceparent);
    const inner = outer.child('fetch', 'client', { subgraph: 'identity' });
    expect(inner.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    inner.end('unavailable');
    outer.end();
  } finally {
    await stop();
    collector.close();
  }
  const [{ resource, scopeSpans } = { resource: { attributes: [] }, scopeSpans: [] }] =
    received[0]?.resourceSpans ?? [];
  expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'opsconductor-router' } });
  const spans = scopeSpans[0]?.spans ?? [];
  const outer = spans.find(({ name }) => name === 'operation');
  expect(outer).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
  expect(spans.find(({ name }) => name === 'fetch')).toMatchObject({
    traceId: TRACE,
    parentSpanId: outer?.spanId,
    status: { code: 2, message: 'unavailable' },
  });
});
