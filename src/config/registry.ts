import { registryOf } from './image.ts'

const HUB = 'docker.io'
/** Other names of Docker's own registry: of its old index, which Docker reads as the same, and of the server itself. */
const HUB_ALIASES: readonly string[] = ['index.docker.io', 'registry-1.docker.io']
/** Under which Docker's client looks for the login to its own registry. */
const HUB_KEY = 'https://index.docker.io/v1/'

/** Whether two names mean one registry: case, the port of HTTPS and the names of Docker Hub make no difference. */
export function isSameRegistry(one: string, other: string): boolean {
  return canonical(one) === canonical(other)
}

/** Whether it is Docker's own. */
export function isDockerHub(registry: string): boolean {
  return canonical(registry) === HUB
}

/**
 * The keys under which Docker's client finds a login to `server` for images written like these: it looks for the very
 * spelling that stands in the reference.
 */
export function loginKeys(server: string, references: readonly string[]): readonly string[] {
  const spellings = references.map(registryOf).filter((registry) => isSameRegistry(registry, server))
  return [...new Set([server, ...spellings].flatMap(keysOf))]
}

/** A name of Docker Hub with a port, or in other case, is no name of Docker Hub to the client: it keeps that spelling. */
function keysOf(registry: string): readonly string[] {
  return canonical(registry) === HUB ? [HUB_KEY, 'registry-1.docker.io', registry] : [registry]
}

function canonical(registry: string): string {
  const name = registry.toLowerCase().replace(/:443$/u, '')
  return HUB_ALIASES.includes(name) ? HUB : name
}
