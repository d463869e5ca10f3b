import { type Fact, fieldsOf } from './facts.ts'

/** Services whose containers had one reference, one image, and ran or did not: one `up` brings them back. */
export interface RestoreGroup {
  /** `sharing`: they use the network, IPC or processes of another service, and follow its new container. */
  readonly kind: 'group' | 'sharing'
  readonly reference: string
  /** Full `sha256:` ID. */
  readonly imageId: string
  readonly state: 'up' | 'down'
  readonly services: readonly { readonly name: string; readonly replicas: number }[]
}

/** What a rollback carries out, in this order, and what it names because the snapshot itself held it. */
export interface RestorePlan {
  readonly groups: readonly RestoreGroup[]
  readonly exceptions: readonly {
    readonly kind: 'was-unhealthy-before' | 'was-stopped-before'
    readonly service: string
    readonly state: string
  }[]
}

/** How services hang together, as Compose reads their files. */
export interface ServiceLinks {
  /** What has to stand before the service can; the host leaves out what is optional. */
  readonly needs: readonly { readonly service: string; readonly on: string }[]
  /** The services that use the network, IPC or processes of another one, each once. */
  readonly sharing: readonly string[]
}

/** From the `link` facts of the snapshot: lines `depends` and `shares` of compose's service facts (compose/project.sh). */
export function parseServiceLinks(facts: readonly Fact[]): ServiceLinks {
  const links = fieldsOf(facts, 'link')
  return {
    needs: links.flatMap(([kind, service = '', on = '']) => (kind === 'depends' ? [{ service, on }] : [])),
    sharing: [...new Set(links.flatMap(([kind, service = '']) => (kind === 'shares' ? [service] : [])))],
  }
}

/** The plan as compose/restore.sh reads it. The last row says how many there are: a plan without it is not whole. */
export function restorePlanText({ groups, exceptions }: RestorePlan): string {
  const rows = [
    ...groups.map(({ kind, reference, imageId, state, services }) => [
      kind,
      reference,
      imageId,
      state,
      services.map(({ name, replicas }) => `${name}=${replicas}`).join(' '),
    ]),
    ...exceptions.map(({ kind, service, state }) => ['exception', kind, service, state]),
  ]
  return [...rows, ['whole', String(rows.length)]].map((row) => `${row.join('\t')}\n`).join('')
}
