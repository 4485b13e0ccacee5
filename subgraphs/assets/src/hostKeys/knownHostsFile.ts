/** The format of known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), read and written. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parsePublicKey } from './publicKey.ts';
import type { PublicKey } from './publicKey.ts';

const SSH_PORT = 22;

export type KnownHostsEntry =
  | {
      readonly kind: 'key';
      readonly line: number;
      readonly isRevoked: boolean;
      readonly key: PublicKey;
      /** Whether the line speaks of a host, as {@link hostText} writes it. */
      readonly matches: HostMatcher;
    }
  | { readonly kind: 'certificateAuthority' | 'unreadable'; readonly line: number };

export interface HostMatcher {
  /** Hosts that are named as they are, where the line says no more than that: such lines need no search. */
  readonly exact: readonly string[] | undefined;
  test(host: string): boolean;
}

/** Reads what the lines say; empty lines and comments say nothing. */
export function parseKnownHosts(text: string): KnownHostsEntry[] {
  return text.split(/\r\n|\n|\r/).flatMap((content, index) => {
    const line = content.trim();
    return line === '' || line.startsWith('#') ? [] : [readLine(line, index + 1)];
  });
}

/** A host as lines name it: `[web-1]:2222` where the port is not that of SSH. Case does not count. */
export function hostText(address: string, port: number): string {
  const host = address.toLowerCase();
  return port === SSH_PORT ? host : `[${host}]:${port}`;
}

export function writeLine(
  host: string,
  { algorithm, publicKey, isRevoked }: { algorithm: string; publicKey: string; isRevoked: boolean },
): string {
  return `${isRevoked ? '@revoked ' : ''}${host} ${algorithm} ${publicKey}`;
}

function readLine(text: string, line: number): KnownHostsEntry {
  const fields = text.split(/[ \t]+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  const [hosts, algorithm = '', publicKey = ''] = fields;
  if (marker === '@cert-authority') return { kind: 'certificateAuthority', line };
  const key = parsePublicKey(algorithm, publicKey);
  const matches = hosts === undefined ? undefined : readHosts(hosts);
  if (!key || !matches || (marker !== undefined && marker !== '@revoked')) return { kind: 'unreadable', line };
  return { kind: 'key', line, isRevoked: marker === '@revoked', key, matches };
}

function readHosts(hosts: string): HostMatcher | undefined {
  if (hosts.startsWith('|')) return readHashed(hosts);
  const patterns = hosts.toLowerCase().split(',').filter(Boolean);
  if (patterns.length === 0) return undefined;
  const isPlain = patterns.every((pattern) => !/[*?]/.test(pattern) && !pattern.startsWith('!'));
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return {
    exact: isPlain ? patterns : undefined,
    test: (host) => !unwanted.some((each) => matchesGlob(each, host)) && wanted.some((each) => matchesGlob(each, host)),
  };
}

/** `|1|salt|hash`: HMAC-SHA1 of the host under the salt, both in base64. */
function readHashed(text: string): HostMatcher | undefined {
  const [, version, salt = '', hash = ''] = text.split('|');
  const wanted = Buffer.from(hash, 'base64');
  if (version !== '1' || salt === '' || wanted.length !== 20) return undefined;
  const key = Buffer.from(salt, 'base64');
  return { exact: undefined, test: (host) => timingSafeEqual(createHmac('sha1', key).update(host).digest(), wanted) };
}

/** `*` is any characters, `?` one. In time that is the product of both lengths, whatever the pattern is. */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, inText, star, resume] = [0, 0, -1, 0];
  while (inText < text.length) {
    if (pattern[at] === '*') [star, resume, at] = [at, inText, at + 1];
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[inText]))
      [at, inText] = [at + 1, inText + 1];
    else if (star >= 0) [at, inText, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
