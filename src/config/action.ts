/** The actions of this repository, one job each: the first is the one at its root. What each reads, the tables of settings say. */
export const ACTIONS = ['deploy', 'verify', 'check', 'rollback'] as const

export type Action = (typeof ACTIONS)[number]

/** Sets of actions that have the same settings. */
export const DEPLOY = ['deploy'] as const satisfies readonly Action[]
export const ROLLBACK = ['rollback'] as const satisfies readonly Action[]
/** Those that begin a transaction. */
export const TRANSACTION = ['deploy', 'rollback'] as const satisfies readonly Action[]
export const ON_HOST = ['deploy', 'verify', 'rollback'] as const satisfies readonly Action[]
export const DOCUMENTS = ['check'] as const satisfies readonly Action[]
export const EVERY = ACTIONS
