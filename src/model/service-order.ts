/**
 * These services and all that they need, directly or not: what a service needs stands before it, and each stands once. A
 * circle ends where it began.
 */
export function inDependencyOrder(
  services: readonly string[],
  needsOf: (service: string) => readonly string[],
): readonly string[] {
  const seen = new Set<string>()
  const visit = (service: string): readonly string[] => {
    if (seen.has(service)) return []
    seen.add(service)
    return [...needsOf(service).flatMap(visit), service]
  }
  return services.flatMap(visit)
}
