/**
 * What a condition can speak of. Every other name is a label; `label.NAME` is one whatever its name, `attr.NAME` is a
 * custom attribute.
 */

export const criticalities = ['low', 'medium', 'high', 'critical'] as const;
export const reachabilities = ['unknown', 'reachable', 'unreachable'] as const;
export const hostKeyStates = ['unverified', 'pinned', 'changed', 'revoked'] as const;

export type FieldKind =
  | { readonly kind: 'id' }
  /** One text, or none. */
  | { readonly kind: 'text' }
  /** Any number of texts; a condition holds when it holds for one of them. */
  | { readonly kind: 'texts' }
  | { readonly kind: 'number' }
  /** One of a few words. Where they have an order, they can be compared. */
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly isOrdered: boolean }
  /** A place in the tree of groups, such as `/dmz/legacy`. */
  | { readonly kind: 'path' }
  /** A custom attribute: a text, a number, a date or a truth, as it was given. */
  | { readonly kind: 'attribute' };

export const fields = {
  id: { kind: 'id' },
  name: { kind: 'text' },
  address: { kind: 'texts' },
  os: { kind: 'text' },
  description: { kind: 'text' },
  env: { kind: 'text' },
  owner: { kind: 'text' },
  criticality: { kind: 'choice', choices: criticalities, isOrdered: true },
  port: { kind: 'number' },
  tag: { kind: 'texts' },
  service: { kind: 'texts' },
  group: { kind: 'path' },
  state: { kind: 'choice', choices: reachabilities, isOrdered: false },
  hostkey: { kind: 'choice', choices: hostKeyStates, isOrdered: false },
  datacenter: { kind: 'text' },
  rack: { kind: 'text' },
  serial: { kind: 'text' },
  contract: { kind: 'text' },
} as const satisfies Record<string, FieldKind>;

export type FieldName = keyof typeof fields;

/** Other spellings of fields. */
const aliases: Readonly<Record<string, FieldName>> = { environment: 'env' };

/** What a condition is about. */
export type Subject =
  | { readonly field: FieldName }
  | { readonly field: 'label'; readonly key: string }
  | { readonly field: 'attr'; readonly key: string };

const keyForm = /^[a-zA-Z0-9._/-]{1,63}$/;

/** @returns undefined when the text names nothing */
export function findSubject(text: string): Subject | undefined {
  for (const prefix of ['label', 'attr'] as const)
    if (text.startsWith(`${prefix}.`)) {
      const key = text.slice(prefix.length + 1);
      return keyForm.test(key) ? { field: prefix, key } : undefined;
    }
  if (Object.hasOwn(fields, text)) return { field: text as FieldName };
  if (Object.hasOwn(aliases, text)) return { field: aliases[text]! };
  return keyForm.test(text) && !reserved.has(text.toLowerCase()) ? { field: 'label', key: text } : undefined;
}

/** Words of the language; labels of these names are written `label.and`. */
export const reserved: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'has', 'all']);

export function nameOf(subject: Subject): string {
  if (!('key' in subject)) return subject.field;
  const { field, key } = subject;
  const short = field === 'label' ? findSubject(key) : undefined;
  return short && 'key' in short && short.field === 'label' && short.key === key ? key : `${field}.${key}`;
}

export function kindOf(subject: Subject): FieldKind {
  if (!('key' in subject)) return fields[subject.field];
  return subject.field === 'attr' ? { kind: 'attribute' } : { kind: 'text' };
}
