export { until } from '@tributary/runtime/testing';
