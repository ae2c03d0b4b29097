// `npm run build -w packages/web`: builds the web application unless it is built from these sources.
import { ensureWebBuilt } from '../packages/web/build/ensure-built.ts';

console.log(await ensureWebBuilt());
