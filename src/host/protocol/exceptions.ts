import { CONTAINER_PARTS, type ContainerPart, type RollbackException } from '../../model/outcome.ts'

/** An `exception` line of the rollback (phases/rollback.sh) as a typed exception. */
export function parseException([
  kind = '',
  first = '',
  second = '',
  third = '',
]: readonly string[]): RollbackException {
  switch (kind) {
    case 'file-edited-meanwhile':
      return { kind, path: first, ...(second !== '' && { movedTo: second }) }
    case 'env-not-restored':
      return { kind, path: first }
    case 'was-unhealthy-before':
    case 'was-stopped-before':
      return { kind, service: first, state: second }
    case 'reference-overridden':
      return { kind, service: first, reference: second, imageId: third }
    case 'image-pulled-again':
      return { kind, reference: first, source: second }
    case 'drift':
      return { kind, service: first }
    case 'config-edited-meanwhile':
    case 'container-differs':
      return { kind, service: first, parts: second.split(' ').map(containerPart) }
    case 'later-deployment':
      return { kind, transaction: first }
    case 'tag-not-restored':
      return { kind, reference: first }
    case 'recorded-files-used':
      return { kind }
    case 'one-off-left':
      return { kind, container: first, state: second }
    default:
      throw new Error(`the host program and this client disagree: exception ${kind}`)
  }
}

function containerPart(text: string): ContainerPart {
  return CONTAINER_PARTS.find((part) => part === text) ?? 'others'
}
