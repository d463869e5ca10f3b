import { request } from 'node:http'
import { textOfDockerLog } from './docker-log.ts'
import type { Sighting } from './sighting.ts'

const SOCKET = '/var/run/docker.sock'
const TIMEOUT_MILLISECONDS = 10_000

/** What Docker says of a container now, with its last log lines. Never throws. */
export async function lookAt(name: string): Promise<Sighting> {
  try {
    const container = await get(`/containers/${name}/json`)
    if (container.status === 404) return { kind: 'missing' }
    if (container.status !== 200) return { kind: 'unreachable', detail: `status ${container.status}` }
    const { Id, State, RestartCount } = JSON.parse(container.body.toString('utf8'))
    if (!State.Running || State.Restarting) {
      return { kind: 'not-running', state: State.Status, since: new Date(State.FinishedAt) }
    }
    const log = await get(`/containers/${name}/logs?stdout=1&stderr=1&timestamps=1&tail=100`)
    if (log.status !== 200) return { kind: 'unreachable', detail: `log: status ${log.status}` }
    return {
      kind: 'running',
      id: Id,
      startedAt: new Date(State.StartedAt),
      restartCount: RestartCount,
      log: textOfDockerLog(log.body),
    }
  } catch (error) {
    return { kind: 'unreachable', detail: error instanceof Error ? error.message : String(error) }
  }
}

function get(path: string): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: SOCKET, path, timeout: TIMEOUT_MILLISECONDS }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    call.on('timeout', () => call.destroy(new Error(`no answer within ${TIMEOUT_MILLISECONDS} ms`)))
    call.on('error', reject)
    call.end()
  })
}
