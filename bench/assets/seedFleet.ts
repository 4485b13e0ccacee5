import type { PrismaClient } from '@opsconductor/assets';

/** Fills the tables of the assets domain with targets that differ as those of a large fleet do, and 104 groups. */
export async function seedFleet(prisma: PrismaClient, count: number): Promise<void> {
  const run = async (sql: string) => void (await prisma.$executeRawUnsafe(sql));
  const insertTargets = `insert into targets (id, name, address, port, host_key_policy, environment, owner, criticality, os, tags,
      reachability, updated_at)
    select gen_random_uuid(), 'host-' || lpad(n::text, 6, '0'), '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256,
      22, 'STRICT', (array['prod', 'test', 'stage', null])[n % 4 + 1], 'team-' || n % 20,
      (array['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])[n % 4 + 1]::criticality, 'Debian ' || n % 3 + 11,
      case when n % 5000 = 0 then array['web', 'rare'] when n % 3 = 0 then array['web'] else array['db'] end,
      'UNKNOWN', now()`;
  // In parts: each within the time that a statement has.
  for (let from = 1; from <= count; from += 10_000)
    await run(`${insertTargets} from generate_series(${from}, ${Math.min(count, from + 9_999)}) as n`);
  const numbered = `(select id, substr(name, 6)::int as n from targets) as t`;
  const tables = [
    `target_labels (target_id, key, value) select id, 'team', 'team-' || n % 100 from ${numbered}`,
    `target_labels (target_id, key, value) select id, 'shard', (n % 5000)::text from ${numbered}`,
    `target_attributes (target_id, key, type, text, number)
      select id, 'cores', 'NUMBER', (n % 128)::text, n % 128 from ${numbered} where n % 2 = 0`,
    `target_services (id, target_id, definition, port, is_default)
      select gen_random_uuid(), id, 'ssh', 22, true from ${numbered}`,
    `target_services (id, target_id, definition, port, is_default)
      select gen_random_uuid(), id, 'postgresql', 5432, false from ${numbered} where n % 10 = 0`,
    `target_groups (id, name, path, updated_at) select gen_random_uuid(), 'site-' || n, '/site-' || n, now()
      from generate_series(1, 3) as n`,
    `target_groups (id, name, parent_id, path, updated_at)
      select gen_random_uuid(), 'rack-' || n, g.id, g.path || '/rack-' || n, now()
      from target_groups g, generate_series(1, 33) as n where g.parent_id is null`,
    `target_groups (id, name, path, filter, updated_at)
      values (gen_random_uuid(), 'dynamic', '/dynamic', 'env=prod and tag:web', now())`,
    `group_members (group_id, target_id)
      select g.id, t.id from ${numbered} join (
        select id, row_number() over (order by path) as place from target_groups where parent_id is not null
      ) g on g.place = t.n % 99 + 1`,
  ];
  for (const table of tables) await run(`insert into ${table}`);
  await run('analyze');
}
