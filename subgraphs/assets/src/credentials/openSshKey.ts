import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const BLOCK_BYTES = 8;
const LINE_CHARACTERS = 70;

/**
 * Writes an Ed25519 key in OpenSSH's own format (PROTOCOL.key of OpenSSH, "openssh-key-v1"), unencrypted: PKCS#8, the
 * only one that OpenSSL has for it, is not read by ssh2.
 */
export function writeOpenSshEd25519(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const publicPart = Buffer.from(x, 'base64url');
  const type = field(Buffer.from('ssh-ed25519'));
  const check = randomBytes(4);
  const secrets = pad(
    Buffer.concat([
      check,
      check,
      type,
      field(publicPart),
      field(Buffer.concat([Buffer.from(d, 'base64url'), publicPart])),
      field(Buffer.alloc(0)),
    ]),
  );
  const none = field(Buffer.from('none'));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    field(Buffer.alloc(0)),
    number(1),
    field(Buffer.concat([type, field(publicPart)])),
    field(secrets),
  ]);
  const lines = blob.toString('base64').replace(new RegExp(`.{${LINE_CHARACTERS}}`, 'g'), '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.trimEnd()}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field(content: Buffer): Buffer {
  return Buffer.concat([number(content.length), content]);
}

/** 1, 2, 3... up to a whole number of blocks. */
function pad(content: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([content, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}
