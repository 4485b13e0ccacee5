import { isAbstractType, isInterfaceType, isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';

/** Whether an object that says to be of a type (an interface, too: that is an interface object) is of another. */
export type IsOfType = (typename: string, condition: string) => boolean;

export function createTypeConditions(schema: GraphQLSchema): IsOfType {
  const known = new Map<string, boolean>();
  const decide: IsOfType = (typename, condition) => {
    if (typename === condition) return true;
    const [type, conditionType] = [schema.getType(typename), schema.getType(condition)];
    if (!type || !isAbstractType(conditionType)) return false;
    return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(conditionType, type);
  };
  return (typename, condition) => {
    if (typename === condition) return true;
    const key = `${typename} ${condition}`;
    const decided = known.get(key);
    if (decided !== undefined) return decided;
    const isOfType = decide(typename, condition);
    // Names that no schema knows come from subgraphs: they are not remembered.
    if (schema.getType(typename)) known.set(key, isOfType);
    return isOfType;
  };
}
