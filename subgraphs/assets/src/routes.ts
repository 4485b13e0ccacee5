/** What other parts of the platform ask of this domain, beside the graph; see `@opsconductor/fleet`. */
import { judgeHostKey, releaseConnections, selectTargets } from '@opsconductor/fleet';
import { BadUserInput } from '@opsconductor/subgraph';
import type { Route, SubgraphCall } from '@opsconductor/subgraph';
import type { z } from 'zod';
import type { Context } from './context.ts';
import { judgeHostKey as judge } from './hostKeys/judgeHostKey.ts';
import { releaseConnections as release } from './releases/releaseConnections.ts';
import { selectTargets as select } from './selections/selectTargets.ts';

type CreateContext = (call: SubgraphCall) => Context;

export function createRoutes(createContext: CreateContext): readonly Route[] {
  return [
    routeOf(selectTargets, 'automation', createContext, select),
    routeOf(releaseConnections, 'executor', createContext, release),
    routeOf(judgeHostKey, 'executor', createContext, async (context, presented) => ({
      isAccepted: await judge(context, presented),
    })),
  ];
}

interface Operation<Request extends z.ZodType, Response extends z.ZodType> {
  readonly path: string;
  readonly request: Request;
  readonly response: Response;
}

/** @param issuer the one part of the platform that may call it */
function routeOf<Request extends z.ZodType, Response extends z.ZodType>(
  { path, request }: Operation<Request, Response>,
  issuer: string,
  createContext: CreateContext,
  answer: (context: Context, request: z.infer<Request>) => Promise<z.infer<Response>>,
): Route {
  return {
    path,
    issuers: [issuer],
    async answer(body, { viewer, requestId }, signal) {
      const parsed = request.safeParse(body);
      if (!parsed.success) throw new BadUserInput(`The body is not a request for ${path}.`);
      return answer(createContext({ viewer, requestId, signal }), parsed.data);
    },
  };
}
