import { OverlappingFieldsCanBeMergedRule, specifiedRules } from 'graphql';
import type { ValidationRule } from 'graphql';
import { overlappingFieldsRule } from './overlappingFields.ts';

/** The rules of the GraphQL specification, each in time that the limits of a document bound. */
export const validationRules: readonly ValidationRule[] = specifiedRules.map((rule) =>
  rule === OverlappingFieldsCanBeMergedRule ? overlappingFieldsRule : rule,
);
