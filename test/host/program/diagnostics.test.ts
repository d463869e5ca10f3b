import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { diagnosticFiles } from '../../../src/host/protocol/diagnostic-file.ts'
import type { Fact } from '../../../src/host/protocol/facts.ts'
import { itOf } from '../../support/jest/tiers.ts'
import { holdLock } from './held-lock.ts'
import { programBench, SHELLS, type ShellName, type ShellResult } from './shells.ts'

/**
 * What of Docker diagnostics ask for. Everything it says has the canaries in it. `$FAKES/plays`, where it exists, is
 * read first; `$FAKES/asked` tells what was asked for.
 */
const DOCKER = `
FAKES=$(dirname "$0")
echo "$*" >>"$FAKES/asked"
[ ! -f "$FAKES/plays" ] || . "$FAKES/plays"
canaries() { sed "s/^/$1 /" "$FAKES/canaries"; }
case $* in
'ps '*) printf 'id-app\\tshop-app-1\\tapp\\nid-side\\tshop-side-1\\tside\\nid-db\\tshop-db-1\\tdb\\n' ;;
'inspect '*)
  printf '{"name":"/shop-app-1","state":{"ExitCode":3}}\\n'
  canaries '{"Env":'
  canaries '{"Labels":'
  ;;
'logs '*) at=2026-02-14T15:00:00Z; echo "$at log of $*"; canaries "$at log"; echo "$at log DOCKER-LOGIN: dXNlcjpjYW5hcnktcGFzc3dvcmQ=" ;;
'events '*) echo '2026-02-14T15:01:00.000000001Z container die id-app'; canaries '2026-02-14T15:02:00.000000001Z container die id-app (label=' ;;
*' config') printf 'services:\\n  app:\\n    environment:\\n      DB_PASSWORD: of-another-file\\n      MORE: |-\\n        of-another-file\\n    image: shop:new\\n    command:\\n'; canaries '      -' ;;
'version '*) echo 'Docker 1, 2 on linux/x'; canaries version ;;
'compose version') echo 'Compose 2' ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

/** One with everything that some writer escapes, one plain, and one that sounds secret only by its name. */
const SECRETS = ['c4n<a>ry&"交\\易\'/+0123456789abcdef', 'plainCanary0123456789', 'x+/y~7?!'] as const
const ENV_FILE = [
  `BYBIT_API_SECRET="${SECRETS[0].replaceAll(/["\\]/g, '\\$&')}"`,
  `PLAIN=${SECRETS[1]}`,
  `SHORT_TOKEN=${SECRETS[2]}`,
].join('\n')

/** The host's own login to a registry, as docker writes it down. */
const LOGIN =
  '{\n\t"auths": {\n\t\t"reg.example": {\n\t\t\t"auth": "dXNlcjpjYW5hcnktcGFzc3dvcmQ="\n\t\t}\n\t}\n}\n'

/** What a rollback does first. */
const GATHER = 'open_transaction abc; gather'

/** Every way in which the tools here could write it. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const unicode = (text: string, pattern: RegExp) =>
    text.replaceAll(pattern, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const bytes = (text: string) => [
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    Buffer.from(text).toString('base64url'),
  ]
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    unicode(json, /[<>&']/g),
    unicode(json, /[^ -~]/g),
    unicode(json, /[<>&']|[^ -~]/g).replaceAll('/', '\\/'),
    encodeURIComponent(secret),
    ...bytes(secret),
    ...bytes(`user:${secret}`),
    ...bytes(`{"password":"${secret}"}`),
  ]
}
const CANARIES = SECRETS.flatMap(formsOf)

/** A secret gives itself away by what is left of it, also in base64. */
function expectNoCanary(text: string): void {
  for (const canary of CANARIES) expect(text).not.toContain(canary)
  for (const word of text.match(/[A-Za-z0-9+/_-]{10,}/g) ?? []) {
    const decoded = Buffer.from(word, 'base64').toString('latin1')
    for (const secret of SECRETS) expect(decoded).not.toContain(secret.slice(0, 8))
  }
}

interface Stage {
  readonly transaction: string
  run(script: string): ShellResult
  /** The files of the `diagnostics` verb, by name. */
  diagnostics(): Readonly<Record<string, string>>
  /** What the played Docker does besides, as shell text. */
  plays(script: string): void
}

function stage(shell: ShellName): Stage {
  const projectDir = join(bench.directory, 'project')
  const stateDir = join(projectDir, '.closed-loop')
  const transaction = join(stateDir, 'transactions', 'abc')
  const fakes = join(bench.directory, 'fakes')
  rmSync(projectDir, { recursive: true, force: true })
  for (const name of ['plays', 'asked']) rmSync(join(fakes, name), { force: true })
  for (const job of ['assess', 'prefetch']) mkdirSync(join(transaction, 'jobs', job), { recursive: true })
  mkdirSync(join(stateDir, 'bin'))
  copyFileSync(bench.program, join(stateDir, 'bin', 'this.sh'))
  writeFileSync(join(transaction, 'program'), 'this\n')
  writeFileSync(join(fakes, 'canaries'), `${CANARIES.join('\n')}\n`)
  writeFileSync(join(projectDir, '.env.runtime'), ENV_FILE)
  writeFileSync(
    join(transaction, 'plan'),
    [
      ...[`project_dir\t${projectDir}`, 'compose_file\tcompose.yml', 'env_file\t.env.runtime'],
      ...['project_name\tshop', 'deploy\tside', 'deploy\tapp', 'gate\tapp', ''],
    ].join('\n'),
  )
  const words = (kind: string) => `${kind} it was\n${CANARIES.map((one) => `${kind} ${one}\n`).join('')}`
  writeFileSync(join(transaction, 'state'), 'applied\n')
  writeFileSync(join(transaction, 'journal'), words('journal'))
  writeFileSync(join(transaction, 'jobs', 'assess', 'out'), words('runner'))
  writeFileSync(join(transaction, 'jobs', 'prefetch', 'out'), words('pull'))
  writeFileSync(join(transaction, 'jobs', 'prefetch', 'facts'), 'fact\tpulled\tshop:new\n')
  holdLock(stateDir, 'abc')
  mkdirSync(join(projectDir, '.docker'))
  writeFileSync(join(projectDir, '.docker', 'config.json'), LOGIN)
  const run = (script: string) =>
    bench.run(shell, `STATE_DIR='${stateDir}'\n${script}`, { environment: { HOME: projectDir } })
  return {
    transaction,
    run,
    plays: (script) => writeFileSync(join(fakes, 'plays'), script),
    diagnostics: () => {
      const { code, stdout } = run('verb_diagnostics abc')
      expect(code).toBe(0)
      expect(
        stdout.split('\n').filter((line) => line !== '' && !/^fact\t(diagnostic|base64)\t/.test(line)),
      ).toEqual([])
      expectNoCanary(stdout)
      const facts = stdout
        .split('\n')
        .map((line) => line.split('\t').slice(1))
        .map(([name = '', ...fields]): Fact => [name, ...fields])
      return Object.fromEntries(diagnosticFiles(facts).map(({ name, bytes }) => [name, bytes.toString()]))
    },
  }
}

describe.each(SHELLS)('diagnostics under %s', (shell) => {
  it('show what was there before the rollback, and no canary of any place', () => {
    const { run, diagnostics, plays } = stage(shell)
    expect(run(`${GATHER}; echo "code $?"`)).toMatchObject({ code: 0, stdout: 'code 0\n', stderr: '' })
    // The rollback removes the failed container.
    plays(`case $* in 'ps '*) exit 0 ;; 'logs '*) exit 1 ;; esac`)
    const files = diagnostics()
    expect(Object.keys(files)).toEqual([
      ...['host', 'containers', 'docker-events', 'compose-config', 'journal'],
      ...['job-assess', 'job-prefetch', 'job-prefetch-facts', 'logs-shop-app-1', 'logs-shop-side-1'],
    ])
    for (const text of Object.values(files)) expectNoCanary(text)
    expect(files['logs-shop-app-1']).toMatch(
      /^2026-02-14T15:00:00Z log of logs --timestamps --tail 2000 id-app\n2026-02-14T15:00:00Z log \*\*\*\n/,
    )
    expect(files['logs-shop-app-1']).toMatch(/log DOCKER-LOGIN: \*\*\*\n$/)
    expect(files.containers).toMatch(
      /^-- before the rollback --\n{"name":"\/shop-app-1".*\n[\s\S]*-- now --\n\(the project has no container\)\n$/,
    )
    expect(files['docker-events']).toContain('container die id-app\n')
    expect(files['docker-events']).toContain('(label= ***')
    expect(files['compose-config']).toContain(
      '      DB_PASSWORD: ***\n      MORE: ***\n    image: shop:new\n    command:\n',
    )
    expect(Object.values(files).join()).not.toContain('of-another-file')
    expect(files.journal).toContain('journal it was\njournal ***\n')
    expect(files['job-assess']).toContain('runner it was\nrunner ***\n')
    expect(files['job-prefetch-facts']).toBe('fact\tpulled\tshop:new\n')
    expect(files.host).toContain('Docker 1, 2 on linux/x\n')
  })

  it('are what there is, where nothing was gathered', () => {
    const { diagnostics } = stage(shell)
    const files = diagnostics()
    expect(files.containers).toMatch(/^-- before the rollback --\n\(not looked at\)\n-- now --\n{"name"/)
    expect(files['compose-config']).toContain('image: shop:new')
    expect(Object.keys(files).filter((name) => name.startsWith('logs-'))).toEqual([])
  })

  itOf('ci')('say of a Docker that hangs that it gave no whole answer', () => {
    const { run, diagnostics, plays, transaction } = stage(shell)
    plays('case $* in ps*) ;; *) printf "half-a-line-of-%s" plainCanary; exec sleep 60 ;; esac')
    run(GATHER)
    expect(run(`ls '${transaction}/diagnostics'`).stdout).not.toContain('.new')
    plays('case $* in version*) exec sleep 60 ;; esac')
    const files = diagnostics()
    expect(files['logs-shop-app-1']).toBe('(no whole answer in time)\n')
    expect(files.host).toContain('(no whole answer in time)\nCompose 2\n')
  })

  it('ask a Docker that does not answer once only', () => {
    const { run, diagnostics, plays } = stage(shell)
    plays('echo "Cannot connect" >&2; exit 1')
    expect(run(`${GATHER}; echo "$?"`).stdout).toBe('0\n')
    expect(bench.run(shell, 'cat fakes/asked').stdout.trim().split('\n')).toHaveLength(1)
    const files = diagnostics()
    expect(files.containers).toContain('-- now --\nCannot connect\n(ended with code 1)\n')
    expect(files['compose-config']).toBe('Cannot connect\n(ended with code 1)\n')
    expect(files['job-gather']).toBe('Cannot connect\n')
  })

  it('leave the disk to the rollback where it is nearly full', () => {
    const { run, transaction } = stage(shell)
    expect(run(`free_kibibytes() { echo 65535; }; ${GATHER}; echo "$?"`).stdout).toBe('0\n')
    expect(existsSync(join(transaction, 'diagnostics'))).toBe(false)
  })

  it('are looked for once', () => {
    const { run } = stage(shell)
    run(GATHER)
    const before = run('cat fakes/asked').stdout
    expect(run(`${GATHER}; echo "$?"`).stdout).toBe('0\n')
    expect(run('cat fakes/asked').stdout).toBe(before)
  })

  itOf('ci')('keep the last part of what is long, in whole lines', () => {
    const { transaction, diagnostics } = stage(shell)
    const line = `${'word '.repeat(20)}`
    const long = Array.from({ length: 12_000 }, (_, index) => `${index} ${line}`).join('\n')
    writeFileSync(join(transaction, 'jobs', 'assess', 'out'), `${long}\nhalf ${SECRETS[1].slice(0, 12)}`)
    const kept = diagnostics()['job-assess'] ?? ''
    expect(kept).toMatch(/^\(the first part is left out\)\n\d+ word word/)
    expect(kept).toMatch(/11999 (word )+\n\(a last line without an end is left out\)\n?$/)
    expect(kept.length).toBeGreaterThan(262_000)
    expect(kept.length).toBeLessThan(262_250)
  })

  it('are refused for what is no transaction', () => {
    const { run } = stage(shell)
    expect(run('verb_diagnostics ../abc 2>/dev/null; echo "$?"').stdout).toBe('64\n')
    expect(run('verb_diagnostics abd 2>/dev/null; echo "$?"').stdout).toBe('64\n')
  })
})
