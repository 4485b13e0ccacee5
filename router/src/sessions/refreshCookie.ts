import type { IncomingMessage } from 'node:http';

/**
 * The cookie that a browser keeps its refresh token in. The prefix makes browsers refuse one that is not Secure, or that
 * another host has set (draft-ietf-httpbis-rfc6265bis, section 4.1.3).
 */
const NAME = '__Host-opsconductor-refresh';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';
/** The longest that identity may be told to keep a session. An earlier end is identity's to say. */
const MAX_AGE_SECONDS = 365 * 24 * 60 * 60;

/** @returns undefined when the request has none */
export function readRefreshCookie(request: IncomingMessage): string | undefined {
  for (const pair of request.headers.cookie?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === NAME && value) return value;
  }
  return undefined;
}

export function refreshCookie(token: string): string {
  return `${NAME}=${token}; ${ATTRIBUTES}; Max-Age=${MAX_AGE_SECONDS}`;
}

export const clearedRefreshCookie = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;
