import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** SHA-1 and CBC: for hosts that know nothing better, which someone has to allow for each. */
const OLD = {
  kex: ['diffie-hellman-group14-sha256', 'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['aes256-ctr', 'aes128-ctr', 'aes256-cbc', 'aes128-cbc'],
  hmac: ['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'],
} as const;

/**
 * All that is offered to a server. Nothing with SHA-1, CBC or finite-field Diffie-Hellman. The ciphers are all
 * authenticated; the MACs are named only because the protocol wants a list.
 *
 * AES-GCM comes before ChaCha20-Poly1305, whose Poly1305 is WASM here: 0.7 against 1.1 s of CPU for 200 MB of output.
 *
 * @param pinned types of the keys that are pinned for the host (`ssh-ed25519`, `ssh-rsa`, ...). They are asked for first:
 *   a server with several keys would else present one that nobody has pinned.
 * @param allowsOld offers {@link OLD} too, after everything else
 */
export function algorithmsFor(pinned: readonly string[] = [], allowsOld = false): Algorithms {
  const old = allowsOld ? OLD : { kex: [], serverHostKey: [], cipher: [], hmac: [] };
  const isPinned = (algorithm: string) => pinned.includes(keyTypeOf(algorithm));
  return {
    kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', ...old.kex],
    serverHostKey: [
      ...HOST_KEY_ALGORITHMS.filter(isPinned),
      ...HOST_KEY_ALGORITHMS.filter((algorithm) => !isPinned(algorithm)),
      ...old.serverHostKey,
    ],
    cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', ...old.cipher],
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', ...old.hmac],
    compress: ['none'],
  };
}

/** RFC 8332: both signature algorithms belong to keys of the type `ssh-rsa`. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
