import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { handleProtocols } from 'graphql-ws';
import type { Server } from 'graphql-ws';
import type { Log } from '@opsconductor/telemetry';
import type { Connection, Connections } from '../connections.ts';
import { parseJsonText } from '../http/jsonText.ts';
import type { Origins } from '../http/origins.ts';
import type { Proxies } from '../http/proxies.ts';
import type { EndReason } from '../live/liveAnswers.ts';
import type { RouterSettings } from '../settings.ts';
import { closeCodes } from './closeCodes.ts';
import { Session } from './session.ts';

export interface UpgradesOptions {
  readonly protocol: Server<Session>;
  readonly origins: Origins;
  readonly proxies: Proxies;
  readonly connections: Connections;
  readonly isDraining: () => boolean;
  readonly settings: RouterSettings;
  readonly log: Log;
}

/** The WebSocket side of the router. */
export interface Upgrades {
  /** Listener of a server's `upgrade` event. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends sockets whose clients do not answer that they are closed. */
  abandon(): void;
  close(): void;
}

export function createUpgrades(options: UpgradesOptions): Upgrades {
  const { connections, settings } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: settings.bodyBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const sessions = new Set<Session>();
  const beat = setInterval(() => {
    for (const session of sessions) session.beat();
  }, settings.connections.keepAliveSeconds * 1000).unref();

  return {
    accept(request, socket, head) {
      socket.on('error', () => socket.destroy());
      options.proxies.strip(request);
      const status = refusalOf(request, options);
      if (status) return refuse(socket, status);
      let session: Session | undefined;
      const connection = connections.admit('websocket', (reason) => {
        if (reason === 'revoked') session?.revoke();
        else session?.close(closeCodes.serviceRestart, 'Service restart', reason);
      });
      if (!connection) return refuse(socket, '503 Service Unavailable');
      socket.once('close', () => connection.leave());
      server.handleUpgrade(request, socket, head, (webSocket) => {
        session = open(webSocket, options.proxies.addressOf(request), connection, options);
        sessions.add(session);
        webSocket.once('close', () => sessions.delete(session as Session));
      });
    },
    abandon() {
      for (const session of sessions) session.abandon('server_close');
    },
    close() {
      clearInterval(beat);
      server.close();
    },
  };
}

function refusalOf(request: IncomingMessage, { origins, isDraining }: UpgradesOptions): string | undefined {
  if (URL.parse(request.url ?? '/', 'http://router')?.pathname !== '/graphql') return '404 Not Found';
  if (isDraining()) return '503 Service Unavailable';
  return origins.mayConnect(request) ? undefined : '403 Forbidden';
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function open(socket: WebSocket, client: string, connection: Connection, options: UpgradesOptions): Session {
  const { protocol, settings, log } = options;
  const ended = (reason: EndReason) => log.info({ client, reason }, 'websocket.ended');
  const session = new Session({ socket, client, connection, settings: settings.connections, ended });
  socket.on('error', (error) => log.debug({ reason: error.message }, 'websocket.failed'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => session.peer.send(message),
      close: (code = closeCodes.badRequest, text = '') => session.close(code, text, 'protocol_violation'),
      onMessage: (receive) => {
        socket.on('message', (data: RawData, isBinary: boolean) => {
          // Trap: messages still arrive between our close frame and the client's, in the name of a lapsed token say.
          if (socket.readyState !== socket.OPEN) return;
          if (isBinary) return session.close(closeCodes.badRequest, 'Text messages only', 'protocol_violation');
          const text = (data as Buffer).toString();
          if (!isBounded(text)) return session.close(closeCodes.badRequest, 'Malformed JSON', 'protocol_violation');
          receive(text).catch((error: unknown) => {
            log.error({ err: error }, 'websocket.message.failed');
            session.close(closeCodes.internalError, 'Internal server error', 'failed');
          });
        });
      },
    },
    session,
  );
  socket.once('close', (code, reason) => {
    session.end('client_disconnect');
    void closed(code, String(reason));
  });
  return session;
}

/** What holds of a body over HTTP holds of a message. */
function isBounded(text: string): boolean {
  try {
    parseJsonText(text);
    return true;
  } catch {
    return false;
  }
}
