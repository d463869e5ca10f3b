import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/**
 * A login, which goes on until the file `end` is there, has left a process behind. `answer SECONDS`: what is said of it;
 * `process`: whether it is there.
 */
const LOGIN = `
rm -f end left
(sh -c '. "$0"; verb_probe_start' "$1" >left; until [ -e end ]; do pause; done) 2>/dev/null &
login=$!
until [ -s left ]; do pause; done
IFS=$TAB read -r _ name pid started login_pid login_started <left
[ "$name $login_pid" = "left $login" ] && echo "left by the login" || cat left
answer() { verb_probe_check "$pid" "$started" "$login_pid" "$login_started" "$1" 2>&1; echo "code $?"; process; }
process() { pause; [ "$(start_time "$pid")" = "$started" ] && echo there || echo gone; }
`

describe.each(SHELLS)('a process that a login left behind, under %s', (shell: ShellName) => {
  const said = (script: string): readonly string[] => {
    const { stdout, stderr } = bench.run(shell, `${LOGIN}\n${script}`, { words: [bench.program] })
    expect(stderr).toBe('')
    return stdout.trim().split('\n')
  }

  it('outlives the login, and is ended then', () => {
    expect(said(`process; : >end; wait "$login"; process; answer 0.4`)).toEqual([
      ...['left by the login', 'there', 'there'],
      ...['fact\tsurvived\tyes', 'code 0', 'gone'],
    ])
  })

  it('did not, where somebody ends it with the login, or a moment later', () => {
    expect(
      said(`: >end; wait "$login"; kill "$pid"; until [ "$(process)" = gone ]; do :; done; answer 0`),
    ).toEqual([...['left by the login', 'fact\tsurvived\tno', 'code 0', 'gone']])
    expect(said(`: >end; wait "$login"; (pause; kill "$pid") & answer 1.0`)).toEqual([
      ...['left by the login', 'fact\tsurvived\tno', 'code 0', 'gone'],
    ])
  })

  it('is asked for only once that login has ended, which may take a while', () => {
    expect(said(`(pause; pause; kill "$pid"; : >end) & answer 0`)).toEqual([
      ...['left by the login', 'fact\tsurvived\tno', 'code 0', 'gone'],
    ])
  })

  it('is looked at a whole second after a login that ends late', () => {
    expect(said(`(pause; pause; : >end; sleep 0.3; kill "$pid") & answer 0`)).toEqual([
      ...['left by the login', 'fact\tsurvived\tno', 'code 0', 'gone'],
    ])
  })

  it('counts as one that lives on, where the server has one process for all logins', () => {
    expect(said(`LOGIN_ENDS=2; answer 0; : >end`)).toEqual([
      ...['left by the login', 'fact\tsurvived\tyes', 'code 0', 'gone'],
    ])
  })

  it('says nothing of logins where no process can be detached at all', () => {
    const { code, stdout, stderr } = bench.run(shell, 'setsid() { return 1; }; verb_probe_start')
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('setsid'),
    })
  })
})
