/** A container as the host program's `container` and `state` lines show it. */
export interface ContainerState {
  readonly name: string
  readonly service: string
  readonly oneOff: 'one-off' | 'service'
  /** Full `sha256:` ID. */
  readonly imageId: string
  readonly reference: string
  /** Docker's state: created, running, paused, restarting, exited, dead. */
  readonly state: string
  /** Docker's health: none (no healthcheck), starting, healthy, unhealthy. */
  readonly health: string
  readonly id: string
  /** With the ID, this names one boot of the container. */
  readonly startedAt: string
  readonly restarts: number
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** A one-shot (a migration) has done its work when it ended with 0; the host tells which one is. */
  readonly kind: 'one-shot' | 'lasting'
}

/** The columns are those of src/host/program/compose/inventory.sh. */
export function parseContainer(columns: readonly string[]): ContainerState {
  const column = (number: number) => columns[number - 1] ?? ''
  return {
    name: column(1),
    service: column(2),
    oneOff: column(4) === 'True' ? 'one-off' : 'service',
    imageId: column(5),
    reference: column(6),
    state: column(7),
    health: column(8),
    id: column(11),
    startedAt: column(12),
    restarts: Number(column(13)),
    exitCode: Number(column(14)),
    outOfMemory: column(15) === 'true',
    kind: column(16) === 'one-shot' ? 'one-shot' : 'lasting',
  }
}

/** Whether it is a one-shot that has done its work. */
export function isCompleted({ kind, state, exitCode }: ContainerState): boolean {
  return kind === 'one-shot' && state === 'exited' && exitCode === 0
}
