import type { IncomingMessage } from 'node:http';
import { createProxies } from './proxies.ts';

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

const claims = {
  host: 'router:4000',
  'x-forwarded-for': '6.6.6.6, 203.0.113.9',
  'x-forwarded-host': 'ops.example',
  'x-opsc-assertion': 'a',
  'x-user-id': 'u',
  forwarded: 'for=6.6.6.6',
  authorization: 'Bearer t',
};

test('what a client says of itself is removed', () => {
  const { strip, addressOf, hostOf } = createProxies(['10.0.0.0/8']);
  const inbound = request('203.0.113.9', { ...claims });
  strip(inbound);
  expect(inbound.headers).toEqual({ host: 'router:4000', authorization: 'Bearer t' });
  expect([addressOf(inbound), hostOf(inbound)]).toEqual(['203.0.113.9', 'router:4000']);
});

test('what a trusted proxy says is believed as far as it has seen it', () => {
  const { strip, addressOf, hostOf } = createProxies(['10.0.0.0/8', '::1']);
  const inbound = request('::ffff:10.1.2.3', { ...claims });
  strip(inbound);
  expect(inbound.headers).toEqual(claims);
  expect([addressOf(inbound), hostOf(inbound)]).toEqual(['203.0.113.9', 'ops.example']);
});

test('a chain that is no list of addresses is not believed', () => {
  const { addressOf } = createProxies(['10.0.0.1']);
  expect(addressOf(request('10.0.0.1', { 'x-forwarded-for': '<script>, 1.2.3.4' }))).toBe('10.0.0.1');
});

test('a range that is none keeps the router from starting', () => {
  expect(() => createProxies(['proxy.internal'])).toThrow('"proxy.internal" is no address');
});
