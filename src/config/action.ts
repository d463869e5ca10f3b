/** The actions of this repository, one job each: the first is the one at its root. What each reads is in schema.ts. */
export const ACTIONS = ['deploy', 'verify', 'check'] as const

export type Action = (typeof ACTIONS)[number]
