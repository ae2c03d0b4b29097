// The behaviours of a CRM that documents cannot express, as hooks for the platform.
import type { Hook } from '@kartoteka/platform';

import { dealStageHook } from './deal-stage.ts';

/** All hooks of the CRM, in the order in which they run. */
export const crmHooks: readonly Hook[] = [dealStageHook];
