import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const LOCKS = '/var/tmp/closed-loop-locks'
/** No Docker has these names. */
const DOCKERS = SHELLS.map((shell) => `test-${shell}-${randomBytes(6).toString('hex')}`)
const bench = programBench({ docker: 'case $1 in info) echo "$DOCKER_NAME" ;; esac' })

afterAll(() => {
  bench[Symbol.dispose]()
  for (const docker of DOCKERS)
    rmSync(join(LOCKS, docker.replaceAll('-', '_')), { recursive: true, force: true })
  if (existsSync(LOCKS) && readdirSync(LOCKS).length === 0) rmdirSync(LOCKS)
})

describe.each(SHELLS)('the lock of a project name under %s', (shell) => {
  const name = DOCKERS[SHELLS.indexOf(shell)] ?? ''
  const place = join(LOCKS, name.replaceAll('-', '_'))
  const PROJECT = 'PROJECT_NAME=shop; '

  /** As a user of the machine who owns nothing. */
  function asNobody(script: string) {
    chmodSync(bench.directory, 0o755)
    const { stdout, stderr, status } = spawnSync(
      '/usr/bin/setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        'sh',
        '-c',
        `. '${bench.program}'\n${PROJECT}${script}`,
      ],
      {
        env: {
          PATH: bench.path(shell),
          CLOSED_LOOP_LIBRARY: 'yes',
          CLOSED_LOOP_CLEAN: 'yes',
          DOCKER_NAME: name,
        },
        encoding: 'utf8',
      },
    )
    return { code: status, stdout, stderr }
  }

  function asRoot(script: string) {
    return bench.run(shell, PROJECT + script, { environment: { DOCKER_NAME: name } })
  }

  it('is one for every user of the host', () => {
    const take = (token: string) => `
dir=$(project_lock) || exit 9
lock_try "$dir" ${token} "$(printf 'kind\\tdeployment\\nlease\\t90')"; echo "$?"
read_holder "$dir"; echo "$holder_token"`
    expect(asRoot(take('root1'))).toEqual({ code: 0, stdout: '0\nroot1\n', stderr: '' })
    expect(asNobody(take('nobody1'))).toEqual({ code: 0, stdout: '1\nroot1\n', stderr: '' })
    asRoot('lock_release "$(project_lock)" root1')
    // What is root's cannot be cleared away by others, and is over all the same.
    expect(asNobody(take('nobody2'))).toEqual({ code: 0, stdout: '0\nnobody2\n', stderr: '' })
    expect(
      asNobody('dir=$(project_lock); lock_holds "$dir" nobody2 && lock_renew "$dir" "$LOCK_TOP"'),
    ).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(asRoot(take('root2'))).toEqual({ code: 0, stdout: '1\nnobody2\n', stderr: '' })
    expect(asNobody('lock_release "$(project_lock)" nobody2').stderr).toBe('')
    expect(asRoot(take('root3'))).toEqual({ code: 0, stdout: '0\nroot3\n', stderr: '' })
    expect(readdirSync(join(place, 'shop'))).toEqual(['3'])
  })

  it('writes nowhere that somebody else points to', () => {
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    symlinkSync('/etc', join(place, 'shop'))
    const refused = asRoot('project_lock')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`the lock of project shop cannot be kept in ${place}/shop`)
    rmSync(join(place, 'shop'))
    const { stdout } = asRoot(`
dir=$(project_lock)
lock_try "$dir" t "$(printf 'lease\\t90')"
cp "$dir/1" victim; before=$(cat victim)
ln -s "$PWD/victim" "$dir/2"; ln -s "$PWD/made" "$dir/new.$$"
lock_renew "$dir" 2; echo "$?"
lock_release "$dir" t; echo "$?"
lock_claim "$dir" 3 u "$(printf 'lease\\t90')"; read_holder "$dir"; echo "$? $holder_token"
[ "$before" = "$(cat victim)" ] || echo written
ls made 2>/dev/null`)
    expect(stdout).toBe('1\n1\n0 u\n')
  })
})
