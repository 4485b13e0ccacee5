export { createLog, type Log, type LogOptions } from './log.ts';
export { Counter, Gauge, Histogram, createMetrics, type Metrics } from './metrics.ts';
export { startSpan, startTracing, type Span, type SpanAttributes, type SpanKind } from './tracing.ts';
