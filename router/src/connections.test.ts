import { anonymous } from '@opsconductor/authz';
import { createMetrics } from '@opsconductor/telemetry';
import { Connections } from './connections.ts';
import { createRouterMetrics } from './metrics.ts';
import { resolveSettings } from './settings.ts';

function createConnections(bounds: { maxConnections?: number; maxPerPrincipal?: number }) {
  return new Connections(resolveSettings({ connections: bounds }).connections, createRouterMetrics(createMetrics()));
}

test('a place is given back once, however often a connection leaves', () => {
  const connections = createConnections({ maxConnections: 2, maxPerPrincipal: 1 });
  const [first, second] = [connections.admit('sse', () => undefined), connections.admit('sse', () => undefined)];
  expect([first?.claim(anonymous), second?.claim(anonymous)]).toEqual([true, false]);
  expect(connections.admit('sse', () => undefined)).toBeUndefined();
  first?.leave();
  first?.leave();
  expect(second?.claim(anonymous)).toBe(true);
  expect(connections.admit('sse', () => undefined)).toBeDefined();
  expect(connections.admit('sse', () => undefined)).toBeUndefined();
});

test('a connection that is gone is counted to nobody', () => {
  const connections = createConnections({ maxPerPrincipal: 1 });
  const left = connections.admit('websocket', () => undefined);
  left?.leave();
  expect(left?.claim(anonymous)).toBe(false);
  expect(connections.admit('websocket', () => undefined)?.claim(anonymous)).toBe(true);
});

test('all are closed together', () => {
  const connections = createConnections({});
  const closed: string[] = [];
  connections.admit('websocket', () => closed.push('one'));
  const gone = connections.admit('sse', () => closed.push('gone'));
  gone?.leave();
  connections.closeAll();
  expect(closed).toEqual(['one']);
});
