/** @actions/artifact 6 accepts these servers only (internal/shared/config.ts); GitHub Enterprise Server lacks the service. */
export function hasArtifactService(serverUrl: string): boolean {
  if (!URL.canParse(serverUrl)) return false
  const { hostname } = new URL(serverUrl)
  return hostname === 'github.com' || hostname.endsWith('.ghe.com') || hostname.endsWith('.localhost')
}

/**
 * The artifact's name: names are unique within a run, so a given one gets the attempt, and the default one
 * the attempt and the transaction. Characters that the artifact service refuses become dashes.
 */
export function artifactName(parts: {
  readonly given: string | undefined
  readonly job: string
  readonly runAttempt: string
  readonly transactionId: string
}): string {
  const { given, job, runAttempt, transactionId } = parts
  const name =
    given === undefined ? `closed-loop-${job}-${runAttempt}-${transactionId}` : `${given}-${runAttempt}`
  return name.replace(/[":<>|*?\\/\p{Cc}]/gu, '-')
}
