// What tests of every package need: a real database each. It must not be imported by product code.

export { planWrite } from '../plan/write.ts';
export { pageOf, planList, planSelection } from '../read.ts';
export { parsePrefer } from '../request/headers.ts';
export { parseQueryOptions } from '../request/query-options.ts';
export { parseResource } from '../request/resource.ts';
export { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
export { createTestDatabase, registerTemplate, type TestDatabase, testServerUrl } from './databases.ts';
export { type RandomChange, randomAdditiveChange, seededRandom } from './random-change.ts';
