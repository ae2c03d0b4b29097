// Names that the parts of the job queue share.

/** The schema that pg-boss keeps for itself. */
export const JOBS_SCHEMA = 'kartoteka_jobs';

/** Channel on which nodes hear that there is something to do; the payload is the name of a definition. */
export const JOBS_CHANNEL = 'kartoteka_jobs';

/** The queue that jobs go to which failed for good. */
export const DEAD_LETTERS = 'dead_letters';
