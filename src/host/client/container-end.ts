/** What ended a container, by what dockerd remembers; `unseen`: dockerd has told of no end (yet). */
export type ContainerEnd = 'itself' | 'docker' | 'unseen'

/** Asks for no end, mostly: HUP, USR1, USR2 and WINCH (apache's). */
const SIGNALS_TO_GO_ON = ['1', '10', '12', '28']

/**
 * How a container came to its `change`, by its events (action and signal). A command to end a container (`stop`, `restart`,
 * `kill`, `rm`, Compose) is a `kill` before its `die`; a crash is a `die` alone. Dockerd forgets all of it when it is restarted
 * itself, and ends every container then: where it knows of no end, it was no crash.
 */
export function endOf(events: readonly (readonly string[])[], change: string): ContainerEnd {
  let end: ContainerEnd = 'unseen'
  let before: ContainerEnd = 'unseen'
  for (const [action, signal = ''] of events) {
    if (action === 'start') {
      before = end
      end = 'unseen'
    }
    if (action === 'kill' && !SIGNALS_TO_GO_ON.includes(signal)) end = 'docker'
    if (action === 'die' && end === 'unseen') end = 'itself'
  }
  if (change === 'unhealthy') return end === 'docker' ? 'docker' : 'itself'
  return change === 'restarted' && end === 'unseen' ? before : end
}
