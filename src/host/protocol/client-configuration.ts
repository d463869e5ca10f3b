import type { RegistryLogin } from '../../config/config.ts'
import { loginKeys } from '../../config/registry.ts'

/**
 * A configuration of Docker's client that holds this login for these images and nothing else: where it has one, the client
 * asks no credential helper. A secret itself: the password stands in it, encoded.
 */
export function clientConfiguration(
  login: Extract<RegistryLogin, { kind: 'token' }>,
  references: readonly string[],
): string {
  const auth = Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64')
  const auths = Object.fromEntries(loginKeys(login.server, references).map((key) => [key, { auth }]))
  return `${JSON.stringify({ auths })}\n`
}
