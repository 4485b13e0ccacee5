/**
 * From what the subgraphs gave to what the client asked for: the client's fields in the client's order, values of the
 * promised types, and null propagation (GraphQL specification, section 6.4.3). Compiled per operation, for each type of
 * object that turns up, and for each set of values of its `@skip` and `@include` conditions.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { FieldNode, GraphQLCompositeType, GraphQLOutputType, GraphQLSchema, SelectionSetNode } from 'graphql';
import { findField } from '../planning/fields.ts';
import { coercionOf } from './leaves.ts';
import { isObject } from './run.ts';
import type { JsonObject, PlanPath } from './run.ts';
import { collectFields } from './selections.ts';
import type { Selecting } from './selections.ts';

/** A value that is not what the schema promises. */
export interface Fault {
  /** In the client's keys. */
  readonly path: PlanPath;
  /** For the log. */
  readonly reason: string;
}

export interface Completing {
  /** Answers of `__schema` and `__type`, by the client's key. */
  readonly introspection: JsonObject | undefined;
  readonly faults: Fault[];
  /** Where the completion is at the moment, in the client's keys. */
  readonly path: (string | number)[];
}

/** Stands for a null that may not be where it is: the parent becomes null instead. */
const INVALID = Symbol('invalid');

/** @returns the value, null, or INVALID */
type Complete = (value: unknown, completing: Completing) => unknown;

/** The fields of one type of object. */
export interface Shape {
  /** By key of the plan, for translating the paths of errors. */
  readonly fields: ReadonlyMap<string, readonly ShapeField[]>;
  readonly complete: (value: JsonObject, completing: Completing) => JsonObject | null;
}

export interface ShapeField {
  /** The client's key. */
  readonly key: string;
  /** Of the objects in it; undefined for leaves. */
  readonly shapes: Shapes | undefined;
}

/** The shapes behind a field, by what an object in it says that it is. Undefined: it may not be there. */
export type Shapes = (value: JsonObject) => Shape | undefined;

export interface CompletionOptions extends Selecting {
  readonly schema: GraphQLSchema;
  readonly planKeys: ReadonlyMap<FieldNode, string>;
}

/** @returns the shapes of objects of the type with these selections */
export function compileShapes(
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  options: CompletionOptions,
): Shapes {
  const { schema } = options;
  const byName = new Map<string, Shape | undefined>();
  const shapeOf = (typename: string): Shape | undefined => {
    if (byName.has(typename)) return byName.get(typename);
    const named = schema.getType(typename);
    if (!isCompositeType(named)) return undefined;
    const shape = mayBe(schema, type, named) ? compileShape(named, selectionSets, options) : undefined;
    byName.set(typename, shape);
    return shape;
  };
  return (value) => {
    const typename = value['__typename'];
    return shapeOf(typeof typename === 'string' ? typename : type.name);
  };
}

/** An object may say that it is of an interface: an interface object does not know what it is. */
function mayBe(schema: GraphQLSchema, promised: GraphQLCompositeType, type: GraphQLCompositeType): boolean {
  if (promised === type) return true;
  return isAbstractType(promised) && (isAbstractType(type) || schema.isSubType(promised, type));
}

function compileShape(
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  options: CompletionOptions,
): Shape {
  const fields = new Map<string, ShapeField[]>();
  const steps: FieldStep[] = [];
  for (const [key, nodes] of collectFields(type, selectionSets, options)) {
    const [node] = nodes as [FieldNode, ...FieldNode[]];
    const step = compileField(type, key, nodes, options);
    steps.push(step);
    const planKey = options.planKeys.get(node) ?? key;
    fields.set(planKey, [...(fields.get(planKey) ?? []), { key, shapes: step.shapes }]);
  }
  return { fields, complete: compileObject(steps) };
}

interface FieldStep {
  readonly key: string;
  readonly read: (value: JsonObject, completing: Completing) => unknown;
  readonly shapes?: Shapes | undefined;
}

function compileField(
  parent: GraphQLCompositeType,
  key: string,
  nodes: readonly FieldNode[],
  options: CompletionOptions,
): FieldStep {
  const [node] = nodes as [FieldNode, ...FieldNode[]];
  const definition = findField(options.schema, parent, node.name.value);
  if (definition === TypeNameMetaFieldDef)
    return { key, read: isObjectType(parent) ? () => parent.name : (_value, completing) => unnamed(completing, key) };
  if (definition === SchemaMetaFieldDef || definition === TypeMetaFieldDef)
    return { key, read: (_value, { introspection }) => introspection?.[key] ?? null };
  const planKey = options.planKeys.get(node) ?? key;
  const named = getNamedType(definition.type);
  const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const shapes = isCompositeType(named) ? compileShapes(named, selectionSets, options) : undefined;
  const complete = compileType(definition.type, shapes);
  const isInherited = planKey in Object.prototype;
  const read = (value: JsonObject, completing: Completing): unknown => {
    completing.path.push(key);
    const own = isInherited && !Object.hasOwn(value, planKey) ? undefined : value[planKey];
    const completed = complete(own, completing);
    completing.path.pop();
    return completed;
  };
  return { key, shapes, read };
}

/** What only knows its interface cannot say what it is. */
function unnamed(completing: Completing, key: string): typeof INVALID {
  completing.faults.push({ path: [...completing.path, key], reason: 'the type of the object is not known' });
  return INVALID;
}

function compileObject(steps: readonly FieldStep[]): Shape['complete'] {
  return (value, completing) => {
    const completed: JsonObject = {};
    for (const { key, read } of steps) {
      const field = read(value, completing);
      if (field === INVALID) return null;
      if (key === '__proto__') define(completed, key, field);
      else completed[key] = field;
    }
    return completed;
  };
}

/** A client may call a field `__proto__`. */
function define(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function compileType(type: GraphQLOutputType, shapes: Shapes | undefined): Complete {
  if (isNonNullType(type)) return nonNull(compileType(type.ofType, shapes));
  if (isListType(type)) return listOf(compileType(type.ofType, shapes));
  return isCompositeType(type) ? objectOf(shapes as Shapes) : leafOf(coercionOf(type));
}

function nonNull(complete: Complete): Complete {
  return (value, completing) => {
    const faults = completing.faults.length;
    const completed = complete(value, completing);
    if (completed !== null) return completed;
    // A null that came from further down has been recorded there.
    if (completing.faults.length === faults) addFault(completing, 'null where no null may be');
    return INVALID;
  };
}

function listOf(complete: Complete): Complete {
  return (value, completing) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return wrong(completing, 'no list where a list was promised');
    const { path } = completing;
    const completed: unknown[] = new Array(value.length);
    let isInvalid = false;
    const at = path.length;
    path.push(0);
    for (let index = 0; index < value.length; index += 1) {
      path[at] = index;
      const item = complete(value[index], completing);
      if (item === INVALID) isInvalid = true;
      else completed[index] = item;
    }
    path.pop();
    return isInvalid ? null : completed;
  };
}

function objectOf(shapes: Shapes): Complete {
  return (value, completing) => {
    if (value === null || value === undefined) return null;
    if (!isObject(value)) return wrong(completing, 'no object where an object was promised');
    const shape = shapes(value);
    return shape ? shape.complete(value, completing) : wrong(completing, 'an object of a type that may not be there');
  };
}

function leafOf(coerce: (value: unknown) => unknown): Complete {
  return (value, completing) => {
    if (value === null || value === undefined) return null;
    const coerced = coerce(value);
    return coerced === undefined ? wrong(completing, 'a value that is none of its type') : coerced;
  };
}

function wrong(completing: Completing, reason: string): null {
  addFault(completing, reason);
  return null;
}

const FAULTS_AT_MOST = 500;

function addFault({ faults, path }: Completing, reason: string): void {
  // Beyond the limit they are still counted, for null propagation, and hold no path of their own.
  faults.push(faults.length < FAULTS_AT_MOST ? { path: [...path], reason } : overflow);
}

const overflow: Fault = { path: [], reason: 'more faults than are recorded' };
