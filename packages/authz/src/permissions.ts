/**
 * The catalogue of permissions, `resource:verb`. Every scope named by `@requiresScopes` in the SDL is one of these; a
 * test compares the two.
 */
export const permissions = [
  'user:read',
  'user:write',
  'apiKey:read',
  'apiKey:write',
  'target:read',
  'target:write',
  'group:write',
  'credential:read',
  'credential:write',
  'vault:rotate',
  'job:read',
  'job:write',
  'library:read',
  'library:write',
  'folder:grant',
  'execution:read',
  'execution:start',
  'execution:cancel',
  'approval:decide',
  'schedule:read',
  'schedule:write',
  'audit:read',
  'schema:read',
] as const;

export type Permission = (typeof permissions)[number];

const known: ReadonlySet<string> = new Set(permissions);

export function isPermission(text: string): text is Permission {
  return known.has(text);
}

/** Built-in roles and what they hold. `schema:read` is introspection. */
export const roles = {
  ADMIN: permissions,
  OPERATOR: [
    'user:read',
    'apiKey:write',
    'target:read',
    'credential:read',
    'job:read',
    'job:write',
    'library:read',
    'execution:read',
    'execution:start',
    'execution:cancel',
    'approval:decide',
    'schedule:read',
    'schedule:write',
    'schema:read',
  ],
  VIEWER: ['target:read', 'job:read', 'library:read', 'execution:read', 'schedule:read', 'schema:read'],
  AUDITOR: [
    'user:read',
    'apiKey:read',
    'target:read',
    'job:read',
    'execution:read',
    'schedule:read',
    'audit:read',
    'schema:read',
  ],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;

/** The union of what the given roles hold. */
export function permissionsOf(held: readonly Role[]): ReadonlySet<Permission> {
  return new Set(held.flatMap((role) => roles[role] as readonly Permission[]));
}
