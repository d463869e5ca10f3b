/** One look at the trading container through the Docker socket, one line about it. */
import { request } from 'node:http'
import { textOfDockerLog } from './watchdog/docker-log.ts'
import { type Sighting, watchdogLine } from './watchdog/verdict.ts'

const CONTAINER = '/containers/ai-trade'
const TIMEOUT_MILLISECONDS = 10_000

async function look(): Promise<Sighting> {
  try {
    const container = await get(`${CONTAINER}/json`)
    if (container.status === 404) return { kind: 'missing' }
    if (container.status !== 200) return { kind: 'unreachable', detail: `status ${container.status}` }
    const state: { Running: boolean; Status: string } = JSON.parse(container.body.toString('utf8')).State
    if (!state.Running) return { kind: 'not-running', state: state.Status }
    const log = await get(`${CONTAINER}/logs?stdout=1&stderr=1&timestamps=1&tail=100`)
    if (log.status !== 200) return { kind: 'unreachable', detail: `log: status ${log.status}` }
    return { kind: 'running', log: textOfDockerLog(log.body) }
  } catch (error) {
    return { kind: 'unreachable', detail: error instanceof Error ? error.message : String(error) }
  }
}

function get(path: string): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath: '/var/run/docker.sock', path, timeout: TIMEOUT_MILLISECONDS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        response.on('error', reject)
      },
    )
    call.on('timeout', () => call.destroy(new Error(`no answer within ${TIMEOUT_MILLISECONDS} ms`)))
    call.on('error', reject)
    call.end()
  })
}

void look().then((sighting) => console.log(watchdogLine(sighting, new Date())))
