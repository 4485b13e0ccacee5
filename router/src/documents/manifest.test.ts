import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, parseManifest, readManifests } from './manifest.ts';

const query = 'query Ping { ping }';

test('reads the manifest of Apollo', () => {
  const manifest = {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: digestOf(query), name: 'Ping', type: 'query', body: query }],
  };
  expect(parseManifest(JSON.stringify(manifest)).get(digestOf(query))).toBe(query);
});

test('reads identifiers and texts', () => {
  const manifest = parseManifest(JSON.stringify({ [`sha256:${digestOf(query)}`]: query, short: '{ ping }' }));
  expect([...manifest]).toEqual([
    [digestOf(query), query],
    ['short', '{ ping }'],
  ]);
});

test.each(['[]', '{"a":1}', '{"a":""}', '"text"'])('refuses %s', (text) => {
  expect(() => parseManifest(text)).toThrow('no Apollo persisted query manifest');
});

test('refuses a text that was changed after its digest was taken', () => {
  expect(() => parseManifest(JSON.stringify({ [digestOf(query)]: '{ other }' }))).toThrow('was changed');
});

test('reads a folder, a file per client, and names the one that cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  try {
    writeFileSync(join(folder, 'console.json'), JSON.stringify({ a: query }));
    writeFileSync(join(folder, 'notes.txt'), 'not a manifest');
    expect([...readManifests(folder).keys()]).toEqual(['console']);
    writeFileSync(join(folder, 'broken.json'), '{');
    expect(() => readManifests(folder)).toThrow('broken.json cannot be used');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
