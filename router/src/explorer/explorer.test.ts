import { startWorld } from '../testing/world.ts';

test('the page and all that it loads come from the router', async () => {
  await using world = await startWorld();
  const page = await fetch(`${world.url}/explorer`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  const html = await page.text();
  expect(html).not.toMatch(/<script>|<style|style=|\son\w+=/);
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string);
  expect(links).toHaveLength(6);
  for (const link of links) {
    expect(link).toMatch(/^\/explorer\//);
    const asset = await fetch(world.url + link);
    expect([link, asset.status]).toEqual([link, 200]);
    expect(asset.headers.get('content-type')).toMatch(link.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    expect((await asset.text()).length).toBeGreaterThan(100);
  }
});

test('nothing else can be had there', async () => {
  await using world = await startWorld();
  for (const path of ['/explorer/', '/explorer/../package.json', '/explorer/%2e%2e/env.ts', '/explorer/toString'])
    expect((await fetch(world.url + path)).status).toBe(404);
});

test('the landing page says where it is', async () => {
  await using world = await startWorld();
  expect(await (await fetch(world.url)).text()).toContain('href="/explorer"');
});
