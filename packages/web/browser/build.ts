// Before the browser tests: the application is built from the sources as they are now, unless it is.
import { ensureWebBuilt } from '../build/ensure-built.ts';

export default async function setup(): Promise<void> {
  const outcome = await ensureWebBuilt();
  if (outcome !== 'fresh' && outcome !== 'built') throw new Error('The bundler is not installed: npm ci');
}
