/** What the action can be asked to do, in the words of the input `mode`. What each reads is in schema.ts. */
export const MODES = ['deploy', 'verify', 'check'] as const

export type Mode = (typeof MODES)[number]
