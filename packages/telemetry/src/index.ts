export { createLog, type Log, type LogOptions } from './log.ts';
export { Counter, Gauge, Histogram, createMetrics, type Metrics } from './metrics.ts';
