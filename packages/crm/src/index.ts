// The behaviours of a CRM that documents cannot express, as hooks for the platform.
import type { Hook } from '@kartoteka/platform';

import { dealStageHook } from './deal-stage.ts';
import { eventTimeHook } from './event-time.ts';

/** All hooks of the CRM, in the order in which they run. */
export const crmHooks: readonly Hook[] = [dealStageHook, eventTimeHook];
