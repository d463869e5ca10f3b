/** Writes a log as a step does: the calls stand in a JSON file, so that the real stdout can be read. */
import { readFileSync } from 'node:fs'
import { Secret } from '../../../src/model/secret.ts'
import { createReporter } from '../../../src/output/log.ts'

export type LogCall =
  | { readonly call: 'remote' | 'info' | 'startGroup'; readonly text: string }
  | { readonly call: 'warning'; readonly text: string }
  | { readonly call: 'annotate'; readonly level: 'error' | 'notice'; readonly text: string }
  | { readonly call: 'phase' | 'endGroup' | 'close' }

export interface LogScript {
  readonly secrets: readonly string[]
  readonly calls: readonly LogCall[]
}

const script = JSON.parse(readFileSync(process.env.LOG_SCRIPT ?? '', 'utf8')) as LogScript
const reporter = createReporter(script.secrets.map((value) => new Secret(value)))
for (const call of script.calls) {
  switch (call.call) {
    case 'remote':
    case 'info':
    case 'startGroup':
      reporter[call.call](call.text)
      break
    case 'warning':
      reporter.warning({ kind: 'artifact-failed', detail: call.text })
      break
    case 'annotate':
      reporter.annotate({ level: call.level, title: call.text, message: call.text })
      break
    case 'phase':
      reporter.phase('apply')
      break
    default:
      reporter[call.call]()
  }
}
