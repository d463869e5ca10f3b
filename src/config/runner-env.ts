import * as z from 'zod'
import { Secret, SHORTEST_PART } from '../model/secret.ts'

/** A variable of the runner's environment. Its value may be a secret of the job. */
export interface RunnerVariable {
  readonly key: string
  readonly value: Secret
}

/** What the action sets, or what its shell needs: another value would not reach the runner, or would mislead it. */
const TAKEN =
  /^(?:CLOSED_LOOP_(?:RUN_ID|GIT_COMMIT|LOCK_TOKEN|CLEAN|LIBRARY)|COMPOSE_(?:PROJECT_NAME|FILE)|PATH|HOME|USER|LANG|DOCKER_(?:HOST|CONTEXT)|XDG_RUNTIME_DIR|(?:HTTPS?|NO)_PROXY|(?:https?|no)_proxy|IFS|E?UID|PPID|SHELLOPTS|BASHOPTS)$/

const LINE = /^(?<key>[A-Za-z_][A-Za-z0-9_]*)=(?<value>[^\0]*)$/

const EXPECTED = '`KEY=value`, the key of letters, digits and _, without spaces around the sign'

/** Lines `KEY=value`, every key once; empty lines and those that begin with # are none. */
export function runnerEnv() {
  return z.string().transform((text, context): readonly RunnerVariable[] => {
    const keys = new Set<string>()
    return linesOf(text).flatMap(({ line, number }) => {
      const { key, value } = partsOf(line)
      const expected = expectedOf(key, keys)
      if (expected === undefined) {
        keys.add(key)
        return [{ key, value: new Secret(value) }]
      }
      // By its line, so that each wrong line is a mistake by itself.
      context.issues.push({
        code: 'custom',
        path: [number],
        input: line,
        message: `in line ${number}: ${expected}`,
      })
      return []
    })
  })
}

/**
 * The values that no log, summary or artifact may show, because they may be secrets of the job: all but short ones, numbers,
 * plain words, and paths below the project directory, which are in every report. Where the key sounds like a secret, all but
 * the shortest. Of a text with mistakes, too.
 */
export function hiddenValues(text: string, projectDir: string): readonly string[] {
  return linesOf(text).flatMap(({ line }) => {
    const { key, value } = partsOf(line)
    return isHidden(key, value, projectDir) ? [value] : []
  })
}

function isHidden(key: string, value: string, projectDir: string): boolean {
  if (/^(?:[-+]?[\d.]*|true|false|null)$/iu.test(value)) return false
  if (projectDir !== '' && `${value}/`.startsWith(`${projectDir}/`)) return false
  if (SOUNDS_SECRET.test(key)) return value.length >= SHORTEST_SECRET
  return value.length >= SHORTEST_PART && !PLAIN_WORDS.test(value)
}

const SOUNDS_SECRET = /KEY|TOKEN|SECRET|PASS|PWD|CRED|AUTH|PRIVATE|SALT|SIGN|DSN|SESSION|WEBHOOK|COOKIE/iu
const SHORTEST_SECRET = 4
const PLAIN_WORDS = /^[a-z]+(?:[ ._-][a-z]+)*$/iu

function linesOf(text: string): readonly { readonly line: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
}

function partsOf(line: string): { readonly key: string; readonly value: string } {
  const { key = '', value = '' } = LINE.exec(line)?.groups ?? {}
  return { key, value }
}

function expectedOf(key: string, earlier: ReadonlySet<string>): string | undefined {
  if (key === '') return EXPECTED
  if (TAKEN.test(key)) return `another key: the action sets \`${key}\` itself`
  return earlier.has(key) ? `every key once: \`${key}\` stands in an earlier line` : undefined
}
