/**
 * Traces in OpenTelemetry's sense, with W3C trace context between processes (https://www.w3.org/TR/trace-context/). A
 * process exports its spans by OTLP/HTTP when OTEL_EXPORTER_OTLP_ENDPOINT says where to. Otherwise the SDK is not even
 * loaded, and a trace that somebody else began is passed on untouched.
 */
import type { Context, Tracer } from '@opentelemetry/api';

export type SpanKind = 'internal' | 'server' | 'client';
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A piece of work in a trace. It is ended exactly once. */
export interface Span {
  /** Value of the `traceparent` header for whatever this work asks of other processes. */
  readonly traceparent: string | undefined;
  child(name: string, kind: SpanKind, attributes?: SpanAttributes): Span;
  /** @param failure why it failed, in a word or two: never a value that a client sent */
  end(failure?: string, attributes?: SpanAttributes): void;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** What passes on a trace, or nothing, and records nothing. */
function passing(traceparent: string | undefined): Span {
  const span: Span = { traceparent, child: () => span, end: () => undefined };
  return span;
}

const untraced = passing(undefined);

let startRecorded:
  ((name: string, kind: SpanKind, attributes: SpanAttributes, parent: ParentTrace) => Span) | undefined;

interface ParentTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/**
 * Begins the work of this process in a trace.
 * @param traceparent header of who asked for it; what is malformed is as if it were not there
 */
export function startSpan(name: string, kind: SpanKind, traceparent?: string, attributes: SpanAttributes = {}): Span {
  const [, traceId = '', spanId = '', flags = '00'] = (traceparent && TRACEPARENT.exec(traceparent)) || [];
  if (startRecorded)
    return startRecorded(name, kind, attributes, { traceId, spanId, flags: Number.parseInt(flags, 16) });
  return traceId === '' ? untraced : passing(traceparent);
}

/**
 * Exports the spans of this process from now on.
 * @param part such as `router`: the name of the service
 * @param endpoint base address of the collector, as in OTEL_EXPORTER_OTLP_ENDPOINT; without it nothing happens
 * @returns what sends the last spans and ends the export
 */
export async function startTracing(part: string, endpoint: string | undefined): Promise<() => Promise<void>> {
  if (!endpoint) return async () => undefined;
  const [api, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `opsconductor-${part}` }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('opsconductor');
  startRecorded = (name, kind, attributes, { traceId, spanId, flags }) => {
    const remote = { traceId, spanId, traceFlags: flags, isRemote: true };
    const parent = traceId === '' ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, remote);
    return record(api, tracer, parent, name, kind, attributes);
  };
  return async () => {
    startRecorded = undefined;
    await provider.forceFlush().catch(() => undefined);
    await provider.shutdown();
  };
}

type Api = typeof import('@opentelemetry/api');

function record(
  api: Api,
  tracer: Tracer,
  parent: Context,
  name: string,
  kind: SpanKind,
  attributes: SpanAttributes,
): Span {
  const kinds = { internal: api.SpanKind.INTERNAL, server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT };
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes: attributes }, parent);
  const { traceId, spanId, traceFlags } = span.spanContext();
  const inside = api.trace.setSpan(parent, span);
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    child: (childName, childKind, given = {}) => record(api, tracer, inside, childName, childKind, given),
    end(failure, given = {}) {
      span.setAttributes(given);
      if (failure !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure });
      span.end();
    },
  };
}
