// Old entries of inboxes go, read or not, after the days that the organization keeps them. Those that are deleted are in the recycle bin
// for its own time, as everything is.
import { type Engine, type JobDefinition, systemPrincipal } from '@kartoteka/platform';

const DAY_MS = 86_400_000;

export const notificationPurgeJob: JobDefinition = {
  name: 'notification_purge',
  schedule: '41 3 * * *',
  retry: { limit: 3, delay: 60, backoff: true },
  run: async ({ platform, signal }) => {
    const { notificationsDays } = platform.model().organization.retention;
    const before = new Date(Date.now() - notificationsDays * DAY_MS).toISOString();
    const system = platform.engineFor(systemPrincipal());
    while (!signal.aborted && (await removeSome(system, before)) > 0);
  },
};

/** One page of them; how many there were. */
async function removeSome(system: Engine, before: string): Promise<number> {
  const filter = encodeURIComponent(`created_on lt ${before}`);
  const { value } = await system.get(`/notifications?$select=id&$filter=${filter}&$orderby=created_on,id`);
  for (const { id } of value) await system.remove('notifications', id);
  return value.length;
}
