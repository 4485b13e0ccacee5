const encoder = new TextEncoder();
const scratch = new Uint8Array(1 << 16);

/**
 * The longest beginning of a text that takes at most `limit` bytes as UTF-8 (64 KiB at most), cut between code points.
 */
export function takeBytes(text: string, limit: number): { taken: string; bytes: number } {
  const { read, written } = encoder.encodeInto(text, scratch.subarray(0, limit));
  return { taken: text.slice(0, read), bytes: written };
}
