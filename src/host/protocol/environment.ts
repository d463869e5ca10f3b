/**
 * What a login may hand on to docker and compose; everything else stays outside, because Compose takes
 * variables from its environment before the env file: an exported AI_TRADE_IMAGE would beat every release.
 */
export const KEPT_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'XDG_RUNTIME_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const

/** What a clean environment has in any case, beside LANG. */
export const GIVEN_VARIABLES = ['PATH', 'HOME', 'USER'] as const

/** Words of a POSIX shell, for `env -i`: the kept variables that are set, with their values. */
export const KEPT_ASSIGNMENTS = KEPT_VARIABLES.map((name) => `\${${name}:+"${name}=$${name}"}`).join(' ')
