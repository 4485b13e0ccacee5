import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpRefused } from './httpRefused.ts';
import { JsonRefused, parseJsonText } from './jsonText.ts';
import { isJsonContent } from './mediaTypes.ts';

/**
 * The JSON body of a request, bytes before anything else. A body of another type is refused unread, which is also what
 * keeps a web page elsewhere from posting one without a preflight.
 * @throws {HttpRefused} 415, 413 or 400
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (!isJsonContent(type))
    throw new HttpRefused(415, 'BAD_USER_INPUT', 'The body must be application/json in UTF-8.', {
      'accept-post': 'application/json',
    });
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpRefused(415, 'BAD_USER_INPUT', 'The body must not be compressed.', { 'accept-encoding': 'identity' });
  if (Number(length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  if (!isUtf8(bytes)) throw new HttpRefused(400, 'BAD_USER_INPUT', 'The body is no UTF-8.');
  return parseJson(bytes.toString(), 'The body');
}

/**
 * @param what is parsed, for the message
 * @throws {HttpRefused} 400
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonRefused) throw new HttpRefused(400, 'BAD_USER_INPUT', `${what} ${error.message}.`);
    throw error;
  }
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}

/** The rest of the body is not waited for. */
function tooLarge(maxBytes: number): HttpRefused {
  return new HttpRefused(413, 'BAD_USER_INPUT', `The body must not exceed ${maxBytes} bytes.`, { connection: 'close' });
}
