import type { RequestListener } from 'node:http';
import type { Metrics } from '@opsconductor/telemetry';
import { send } from './exchange.ts';

/** `/metrics` for Prometheus. It has a port of its own: figures of the platform are not for the public. */
export function createMetricsListener(registry: Metrics): RequestListener {
  return (request, response) => {
    if (request.url !== '/metrics') return send(response, 404, '');
    registry.metrics().then(
      (text) => send(response, 200, text, { 'content-type': registry.contentType }),
      () => send(response, 500, ''),
    );
  };
}
