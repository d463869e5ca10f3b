/** The actions of this repository, one job each: the first is the one at its root. What each reads, the tables of settings say. */
export const ACTIONS = ['deploy', 'verify', 'check', 'rollback', 'plan'] as const

export type Action = (typeof ACTIONS)[number]

/** Sets of actions that have the same settings. A plan has all those of the deployment that it is of. */
export const DEPLOY = ['deploy', 'plan'] as const satisfies readonly Action[]
export const ROLLBACK = ['rollback'] as const satisfies readonly Action[]
export const TRANSACTION = ['deploy', 'plan', 'rollback'] as const satisfies readonly Action[]
export const ON_HOST = ['deploy', 'plan', 'verify', 'rollback'] as const satisfies readonly Action[]
export const DOCUMENTS = ['check'] as const satisfies readonly Action[]
export const EVERY = ACTIONS

/** Those that begin a transaction, and so have a post step. */
export const WITH_POST = ['deploy', 'rollback'] as const satisfies readonly Action[]
