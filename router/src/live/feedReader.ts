import type { OperationResult } from '../operations/operation.ts';
import { CURSOR } from './liveAnswers.ts';
import type { Feed } from './liveOperation.ts';
import { createNews, hasFailed, isRefused } from './reader.ts';
import type { Reader } from './reader.ts';

/**
 * Reads a connection page by page from the client's cursor on. Pages with items are pushed, each once and in order; an
 * empty page is pushed at the very beginning (so that the client knows that it is live) and after a failure (so that it
 * knows that it is live again).
 */
export function createFeedReader(
  read: (cursor: string | null, wokenAt: number) => Promise<OperationResult>,
  responseName: string,
  { pageAlias, start }: Feed,
): Reader {
  const isNewFailure = createNews();
  let cursor = start;
  let isOwed = true;
  return async (wokenAt) => {
    const result = await read(cursor, wokenAt);
    const { answer, page } = takePage(result, responseName, pageAlias);
    if (!page) {
      const isNews = isNewFailure(answer) || !isOwed;
      isOwed = true;
      return {
        answer: isNews ? answer : undefined,
        hasMore: false,
        hasFailed: true,
        isRefused: isRefused(answer, responseName),
      };
    }
    const hasItems = page.endCursor !== null && page.endCursor !== cursor;
    if (hasItems) cursor = page.endCursor;
    const isPushed = hasItems || isOwed;
    isOwed = false;
    return {
      answer: isPushed ? { ...answer, ...(cursor !== null && { [CURSOR]: cursor }) } : undefined,
      // A page that ends where it began would be read for ever.
      hasMore: hasItems && page.hasNextPage,
      hasFailed: hasFailed(answer),
      isRefused: false,
    };
  };
}

interface Page {
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

/** The answer without what the router had asked for itself, and that. No page: the connection could not be read. */
function takePage(
  { data, errors }: OperationResult,
  responseName: string,
  pageAlias: string,
): { answer: OperationResult; page?: Page | undefined } {
  const rest = errors && { errors };
  const connection = data?.[responseName] as Record<string, unknown> | null | undefined;
  if (!connection) return { answer: { ...(data !== undefined && { data }), ...rest } };
  const { [pageAlias]: page, ...own } = connection;
  return { answer: { data: { ...data, [responseName]: own }, ...rest }, page: (page as Page | null) ?? undefined };
}
