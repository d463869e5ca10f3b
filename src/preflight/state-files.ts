import type { PreflightFinding } from '../model/problem.ts'
import type { StateSize } from '../model/release-files.ts'

/** What a snapshot copies of state files, at most. */
export const MOST_STATE_KIBIBYTES = 1024 * 1024

/** Whether the state files may be copied: they have to fit, beside what else the snapshot copies (`otherKibibytes`). */
export function stateFindings(
  state: StateSize | undefined,
  otherKibibytes: number,
): readonly PreflightFinding[] {
  if (state === undefined) return []
  const { kibibytes, freeKibibytes } = state
  const neededKibibytes = kibibytes + otherKibibytes
  return [
    ...(kibibytes > MOST_STATE_KIBIBYTES
      ? [{ finding: 'state-too-large', kibibytes, limitKibibytes: MOST_STATE_KIBIBYTES } as const]
      : []),
    ...(neededKibibytes > freeKibibytes
      ? [{ finding: 'state-no-room', kibibytes, neededKibibytes, freeKibibytes } as const]
      : []),
  ]
}
