// What ends a transaction that other requests joined, and may succeed when all of it is run again.

/** It lost against other transactions: nothing of it is kept. Nobody but who began the transaction may go on after it. */
export class TransactionLost extends Error {}
