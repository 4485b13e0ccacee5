/** One read of a subscription, and what of it is pushed. */
import { hash } from 'node:crypto';
import type { OperationResult } from '../operations/operation.ts';
import type { LiveAnswer } from './liveAnswers.ts';

export interface Reading {
  /** What to push; undefined when the client knows it already. */
  readonly answer?: LiveAnswer | undefined;
  /** A feed has more to read at once. */
  readonly hasMore: boolean;
  /** Something that may pass kept us from reading. */
  readonly hasFailed: boolean;
  /** The viewer may not have this, or asks for what cannot be: there is no sense in going on. */
  readonly isRefused: boolean;
}

/** @param wokenAt the mark from which on the read must hold */
export type Reader = (wokenAt: number) => Promise<Reading>;

/** Pushes each answer that differs from the one before. */
export function createQueryReader(read: (wokenAt: number) => Promise<OperationResult>, responseName: string): Reader {
  const isNews = createNews();
  return async (wokenAt) => {
    const answer = await read(wokenAt);
    return {
      answer: isNews(answer) ? answer : undefined,
      hasMore: false,
      hasFailed: hasFailed(answer),
      isRefused: isRefused(answer, responseName),
    };
  };
}

/** @returns a function that tells whether an answer differs from the one before. Of that, only a digest is kept. */
export function createNews(): (answer: OperationResult) => boolean {
  let last: string | undefined;
  return (answer) => {
    const digest = digestOf(answer);
    const isNews = digest !== last;
    last = digest;
    return isNews;
  };
}

/** Of a result that is shared by many subscriptions, made once. */
const digests = new WeakMap<OperationResult, string>();

function digestOf(answer: OperationResult): string {
  const digest = digests.get(answer) ?? hash('sha256', JSON.stringify(withoutRequestIds(answer)), 'base64');
  digests.set(answer, digest);
  return digest;
}

/** Each read has its own request id. */
function withoutRequestIds({ data, errors }: OperationResult) {
  return [data, errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId: undefined } }))];
}

const passing: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);
const refusing: ReadonlySet<unknown> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'BAD_USER_INPUT',
]);

export function hasFailed({ errors = [] }: OperationResult): boolean {
  return errors.some(({ extensions }) => passing.has(extensions?.['code']));
}

/** True when the live field itself was refused, or the request as a whole for a reason that does not pass. */
export function isRefused({ data, errors = [] }: OperationResult, responseName: string): boolean {
  if (data === undefined) return !hasFailed({ errors });
  if (data?.[responseName] != null) return false;
  return errors.some(
    ({ extensions, path = [] }) =>
      refusing.has(extensions?.['code']) && path.length <= 1 && (path[0] ?? responseName) === responseName,
  );
}
