// What tests of every package need: a real database each. It must not be imported by product code.
export { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
export { createTestDatabase, registerTemplate, type TestDatabase, testServerUrl } from './databases.ts';
export { type RandomChange, randomAdditiveChange, seededRandom } from './random-change.ts';
