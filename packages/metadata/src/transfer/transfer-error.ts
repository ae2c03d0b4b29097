// Why an import or export cannot run or go on, in words for whoever started it.
export class TransferError extends Error {}

/** The service does not answer, or not now: waiting may help. */
export class ServiceAway extends TransferError {}
