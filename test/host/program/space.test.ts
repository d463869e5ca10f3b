import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const DOCKER = `here=\${0%/*}
case "$1 $2 $*" in
'version '*) echo linux/amd64 ;;
'info '*DockerRootDir*) echo "$here" ;;
'info '*) printf 'registry.local:5000\\n\\n' ;;
'context '*) cat "$here/endpoint" ;;
'manifest inspect '*)
  echo "$* with $(cat "\${DOCKER_CONFIG-/nowhere}/config.json" 2>/dev/null)" >>"$here/said"
  case $* in *absent*) echo 'no such manifest: the-secret-value' >&2; exit 1 ;; esac
  printf '{\\n   "layers": []\\n}\\n' ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

const BEGUN = `
fakes=\${PATH%%:*} one=$PWD/one; rm -rf "$one" "$fakes/said"; STATE_DIR=$one/.closed-loop TX=a; TX_DIR=$STATE_DIR/transactions/a
mkdir -p "$TX_DIR/snapshot"; echo "$1" >"$fakes/endpoint"; echo SECRET_KEY=the-secret-value >"$one/.env"
printf 'project_dir\\t%s\\nenv_file\\t.env\\nimage\\tA_IMAGE\\treg.example/app:2\\n%s' "$one" "$2" >"$TX_DIR/plan"
printf 'sha256:1\\treg.example/app@sha256:d1\\nsha256:2\\treg.example/other@sha256:d2\\n' >"$TX_DIR/snapshot/digests"
open_transaction a; fenced() { :; }; keeping_lock() { "$@"; }
`

describe.each(SHELLS)('the disks under %s', (shell) => {
  const run = (script: string, endpoint = 'unix:///var/run/docker.sock', plan = '', stdin = '') =>
    bench
      .run(shell, `${BEGUN}\n${script}`, { words: [endpoint, plan], stdin })
      .stdout.replaceAll(bench.directory, 'DIR')
      .split('\n')
      .slice(0, -1)

  it('are told with what is free, and what is there of the repositories of the plan', () => {
    const lines = run('verb_space a')
    const numbers = String.raw`\t\d+\t\d+`
    expect(lines).toEqual([
      'fact\tplatform\tlinux/amd64',
      expect.stringMatching(new RegExp(String.raw`^fact\tdata_root\tDIR/fakes${numbers}$`, 'u')),
      expect.stringMatching(new RegExp(String.raw`^fact\tproject_disk${numbers}\t\d+$`, 'u')),
      'fact\tinsecure\tregistry.local:5000',
      'fact\there\treg.example/app@sha256:d1',
    ])
  })

  it.each(['tcp://10.0.0.1:2376', 'ssh://elsewhere', ''])(
    'of a Docker at "%s" are not looked at here',
    (endpoint) => {
      expect(run('verb_space a', endpoint)).toContain('fact\tdata_root\tDIR/fakes')
    },
  )

  it('of a directory that is not here are none', () => {
    expect(run('disk_of /nowhere; echo "$?"')).toEqual(['1'])
  })

  it('are asked for at the registry with the login, which is gone afterwards', () => {
    const login = '{"auths":{}}\n'
    const script = `verb_manifest a reg.example/app:2 --insecure; echo "$?"; cat "$fakes/said"; ls "$TX_DIR"`
    expect(run(script, undefined, 'registry\treg.example\n', login)).toEqual([
      ...['text\t{', 'text\t   "layers": []', 'text\t}', '0'],
      'manifest inspect --insecure reg.example/app:2 with {"auths":{}}',
      ...['plan', 'snapshot'],
    ])
  })

  it('are not known where the registry does not say, and no value of the env file is said', () => {
    expect(run('verb_manifest a reg.example/absent:1; echo "$?"')).toEqual([
      'text\tno such manifest: ***',
      '1',
    ])
  })
})
