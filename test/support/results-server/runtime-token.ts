import { randomBytes } from 'node:crypto'

/** The ids by which the artifact service knows a run and a job. */
export interface BackendIds {
  readonly run: string
  readonly job: string
}

/** A token as the runner hands it to an action: a JWT whose scope names the run and the job. Its signature is random. */
export function makeRuntimeToken(ids: BackendIds): string {
  const expiresAtSeconds = Math.floor(Date.now() / 1000) + 6 * 3600
  return [
    base64url({ alg: 'RS256', typ: 'JWT' }),
    base64url({ scp: `Actions.GenericRead:0 Actions.Results:${ids.run}:${ids.job}`, exp: expiresAtSeconds }),
    randomBytes(64).toString('base64url'),
  ].join('.')
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
