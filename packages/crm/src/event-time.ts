// When an event happened: now, unless the client says. It must not look at anything but the event.
import type { Hook } from '@kartoteka/platform';

/** Fills `happened_on` of a new event. */
export const eventTimeHook: Hook = {
  entity: 'event',
  operations: ['create'],
  needsTransaction: () => false,
  before: (context, records) => {
    if (context.model.entities.get('event')?.properties.has('happened_on') !== true) return;
    for (const { values } of records) {
      if (!Object.hasOwn(values, 'happened_on')) values.happened_on = new Date().toISOString();
    }
  },
};
