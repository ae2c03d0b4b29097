// Why an import or export cannot run or go on, in words for whoever started it.
export class TransferError extends Error {}
