/**
 * The states of a transaction. `before`: before the mutation boundary, nothing that serves was changed. `past`: behind it, and
 * not at its end. `ended`: it needs nobody any more. A rollback that failed is tried once more, so it is still `past`.
 */
export const STATES = {
  begun: { place: 'before', says: 'It has the lock and a plan.' },
  snapshotted: { place: 'before', says: 'What ran before is recorded.' },
  prefetched: { place: 'before', says: 'Every image is on the host.' },
  applying: { place: 'past', says: 'The files and the containers change.' },
  applied: { place: 'past', says: 'The release runs, and is judged.' },
  confirming: { place: 'past', says: 'The gate passed; the release is verified once more.' },
  rolling_back: { place: 'past', says: 'What ran before is restored.' },
  rollback_failed: { place: 'past', says: 'What ran before is not back, or not verifiably so.' },
  promoted: { place: 'ended', says: 'The release is in service.' },
  rolled_back: { place: 'ended', says: 'What ran before runs again.' },
  unchanged: { place: 'ended', says: 'It ended before the boundary.' },
  kept: { place: 'ended', says: 'A person ended it as it was.' },
} as const satisfies Readonly<
  Record<string, { readonly place: 'before' | 'past' | 'ended'; readonly says: string }>
>

export type TransactionState = keyof typeof STATES

/** The states at this place, in their order. */
export function statesAt(place: (typeof STATES)[TransactionState]['place']): readonly string[] {
  return Object.entries(STATES)
    .filter(([, state]) => state.place === place)
    .map(([name]) => name)
}
