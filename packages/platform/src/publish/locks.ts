// The advisory locks of the platform, as SQL arguments. A namespace of their own, so that they meet no other product's locks.

/** Held by the transaction of a publish. (0 belongs to storage/migrate.ts, 3 to the service's first start.) */
export const PUBLISH_LOCK = '1800434534, 1';

/** Held by the session that runs after steps. */
export const AFTER_STEPS_LOCK = '1800434534, 2';

/** Held by the transaction that makes the first records. */
export const BOOTSTRAP_LOCK = '1800434534, 4';

/** Held by the session that purges. */
export const PURGE_LOCK = '1800434534, 5';

/** Held by the transaction of an atomic group of a batch, or of a repeatable request, that is run again. */
export const GROUPS_LOCK = '1800434534, 6';
