import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import { KeysUnavailable, TokenRejected } from '../authentication/tokenRejected.ts';
import { refuse } from '../errors/requestRefused.ts';
import { HttpRefused } from './httpRefused.ts';

/**
 * @param clientAddress where the request comes from
 * @param credential value of an `Authorization` header, or a bare token; undefined for nobody
 * @throws {TokenRejected} the token does not hold
 * @throws {KeysUnavailable} nobody can tell
 */
export type Authenticate = (credential: string | undefined, clientAddress?: string) => Promise<Viewer>;

/** @throws {HttpRefused} 401 with a challenge (RFC 6750), or 503 */
export async function authenticateHeader(
  authenticate: Authenticate,
  header: string | undefined,
  clientAddress: string,
  log: Log,
): Promise<Viewer> {
  try {
    return await authenticate(header, clientAddress);
  } catch (error) {
    if (error instanceof TokenRejected) {
      log.info({ reason: error.reason }, 'token.rejected');
      throw new HttpRefused(401, 'UNAUTHENTICATED', error.message, {
        'www-authenticate': 'Bearer error="invalid_token"',
      });
    }
    log.error({ err: error }, 'authentication.failed');
    if (error instanceof KeysUnavailable) throw new HttpRefused(503, 'UNAVAILABLE', error.message);
    throw refuse('INTERNAL_SERVER_ERROR', 'Internal server error');
  }
}
