import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';
import type { Migration } from './migrationFolder.ts';

const BINDINGS = '@prisma/schema-engine-wasm/schema_engine_bg';

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

interface EngineExports {
  readonly __wbindgen_start: () => void;
}

/** Node has it; the ES library of TypeScript does not declare it. */
declare const WebAssembly: {
  instantiate(code: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: EngineExports } }>;
};

/** Everything in the schema is Prisma's to manage. */
export const EVERYTHING: SchemaFilter = { externalTables: [], externalEnums: [] };

/** The file beside the migrations that names the kind of database. */
export const LOCKFILE = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };

/** Prisma's own schema engine, compiled to WebAssembly, on a driver adapter. The caller frees it. */
export async function createSchemaEngine(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  const { SchemaEngine } = await (loading ??= loadModule());
  const ignore = (): void => {}; // its log repeats the migrations
  return SchemaEngine.new({ datamodels: undefined }, ignore, bindMigrationAwareSqlAdapterFactory(adapter));
}

/** Migrations as the engine wants them. */
export function toMigrationList(folder: string, migrations: readonly Migration[]): MigrationList {
  const migrationDirectories = migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  }));
  return { baseDir: folder, lockfile: LOCKFILE, shadowDbInitScript: '', migrationDirectories };
}

let loading: Promise<EngineModule> | undefined;

/** Instantiated by hand: the package's entry imports the .wasm file, which Node does only with a flag or a warning. */
async function loadModule(): Promise<EngineModule> {
  reportPanics();
  const path = createRequire(import.meta.url).resolve(BINDINGS);
  const bindings = (await import(BINDINGS)) as EngineModule;
  const code = await readFile(path.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': withIdleTimers(bindings) });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/** The engine forgets the timer by which it limits the wait for its lock: 10 s that would keep a finished process alive. */
function withIdleTimers(bindings: EngineModule): object {
  const imports: Record<string, unknown> = { ...bindings };
  for (const name of Object.keys(imports).filter((key) => key.startsWith('__wbg_setTimeout_'))) {
    imports[name] = (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds).unref();
  }
  return imports;
}

/** The engine reports a panic through this global, whose absence would hide it behind a TypeError. */
function reportPanics(): void {
  const fail = (message: string): never => {
    throw new Error(`Prisma's schema engine panicked: ${message}`);
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: fail } });
}
