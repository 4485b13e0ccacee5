/**
 * A refusal: the domain says no and the client can act on it. Thrown in the domain, so that the transaction rolls back,
 * and turned into a member of the result union by {@link orRefusal}.
 */
export abstract class Refusal extends Error {
  /** Name of the GraphQL type. */
  abstract readonly typeName: string;

  /** Fields of the GraphQL type besides `message`. */
  get fields(): Record<string, unknown> {
    return {};
  }
}

/** A value of the input is not acceptable; `field` is its path inside the input. */
export class InvalidInput extends Refusal {
  override readonly typeName = 'InvalidInput';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }

  override get fields() {
    return { field: this.field };
  }
}

type RefusalClass = abstract new (...args: never[]) => Refusal;

/**
 * Runs `work` and gives its result, or the data of a refusal of one of the declared classes. Anything else is thrown on.
 * Plain objects, because graphql-js raises a returned Error.
 */
export async function orRefusal<Result>(
  declared: readonly RefusalClass[],
  work: () => Promise<Result>,
): Promise<Result | RefusalData> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal && declared.some((type) => error instanceof type))
      return { __typename: error.typeName, message: error.message, ...error.fields };
    throw error;
  }
}

export interface RefusalData {
  readonly __typename: string;
  readonly message: string;
}
