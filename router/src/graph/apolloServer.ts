import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { Log } from '@opsconductor/telemetry';
import { asApolloLogger } from './apolloLogger.ts';
import type { OperationContext } from './subgraphSource.ts';

const MAX_VALIDATION_ERRORS = 10;

/**
 * Apollo Server as the part that validates, remembers valid documents and calls the gateway. It is given operations that
 * are within the limits already (so the order of checks is ours) and never sees HTTP (so nothing of HTTP reaches it).
 */
export function createApolloServer(gateway: GatewayInterface, log: Log): ApolloServer<OperationContext> {
  return new ApolloServer<OperationContext>({
    gateway,
    logger: asApolloLogger(log),
    nodeEnv: 'production',
    // Who may introspect is decided per viewer, before.
    introspection: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}
