/**
 * How verbs and jobs of the host program end, beside 0, 1 (said in words) and what a shell gives for a signal or a deadline. The
 * host program knows each as `<NAME>_CODE`.
 */
export const EXIT_CODES = {
  NOT_SEEN: {
    code: 3,
    says: 'What runs could not be seen. That is no word against it. Only inside the host program.',
  },
  NOT_APPLIED: { code: 10, says: 'The apply job stopped before the mutation boundary: nothing was changed.' },
  USAGE: { code: 64, says: 'There is no such verb, job, transaction or command (EX_USAGE of sysexits.h).' },
  WRONG_STATE: {
    code: 65,
    says: 'The transaction is in a state in which this is not done, or a later one stands in the way.',
  },
  LOST_LOCK: { code: 66, says: 'The transaction does not hold the lock, or not any more.' },
  FOREIGN: {
    code: 67,
    says: 'Somebody else changed the project since: nothing was touched, and a person decides.',
  },
  UNWRITABLE: { code: 74, says: 'A lock cannot be written (EX_IOERR). Only inside the host program.' },
  BUSY: { code: 75, says: 'Somebody else has the lock (EX_TEMPFAIL).' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly says: string }>>
