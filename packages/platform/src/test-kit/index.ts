// What tests of every package need: a real database each. It must not be imported by product code.

export { planList, planSelection } from '../plan/read.ts';
export { planWrite, targetTypes } from '../plan/write.ts';
export { parsePrefer } from '../request/headers.ts';
export { pageOf } from '../request/page.ts';
export { parseQueryOptions } from '../request/query-options.ts';
export { parseResource } from '../request/resource.ts';
export { decodeSkipToken, tokenShape } from '../request/skiptoken.ts';
export { combine } from '../security/acting.ts';
export { unguardedChangeLog } from './change-log.ts';
export { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
export { createTestDatabase, registerTemplate, type TestDatabase, testServerUrl } from './databases.ts';
export { checkAnswer, type Exchange } from './openapi-check.ts';
export { randomAnyChange } from './random-any-change.ts';
export { type RandomChange, randomAdditiveChange, seededRandom } from './random-change.ts';
