// Before the browser tests: the application is built, where its sources are newer than what is built.
import { buildWeb } from '../../../scripts/build-web.ts';

export default async function setup(): Promise<void> {
  await buildWeb();
}
