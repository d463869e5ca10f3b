import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** A transaction whose Docker is played; `script` runs in it. Gives the lines that it printed. */
function restoring(shell: ShellName, script: string): readonly string[] {
  const { stdout } = bench.run(
    shell,
    `TX_DIR=$(mktemp -d); mkdir -p "$TX_DIR/snapshot"; ENV_FILE=$TX_DIR/.env; : >"$ENV_FILE"; ENV_PATHS=$ENV_FILE
PLAN='' TX=tx1 COMPOSE_FILES=compose.yml rollback_from=applied rollback_try=2
true >"$TX_DIR/exceptions"; true >"$TX_DIR/not-restored"; true >"$TX_DIR/snapshot/files.list"
line() { printf '%s\\t%s\\t1\\tFalse\\tsha256:1\\tapp:1\\t%s\\tnone\\tno:0\\t%s\\t%s\\tstarted\\t0\\t0\\tfalse\\tlasting\\t-\\n' "$1" "$2" "$3" "$4" "$5"; }
planned() { printf 'group\\tapp:1\\tsha256:1\\tup\\t%s\\nwhole\\t1\\n' "$1" >"$TX_DIR/restore-plan"; }
image_id() { echo sha256:1; }
service_image() { echo app:1; }
lost_volumes() { :; }
docker_stop() { docker_write stop "$@"; }
docker_write() { echo "docker $*" >>"$TX_DIR/calls"; }
${script}
rm -rf "$TX_DIR"`,
  )
  return stdout.split('\n').filter((line) => line !== '')
}

describe.each(SHELLS)('the steps of a rollback, under %s', (shell) => {
  it('bring services up one by one where together they fail, and name the one that is to blame', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1; line p-b b running x 2; line p-c c running x 3) services_facts=''
inventory() { :; }
compose() { shift 4; case $* in *' b'*) echo "Container p-b Starting"; echo "port is taken"; return 1 ;; esac; echo "up $*" >>"$TX_DIR/calls"; }
planned 'a=1 b=1 c=1'; restore_services 2>/dev/null
sed -n 's/.*\\(--scale .*\\)/\\1/p' "$TX_DIR/calls"; cat "$TX_DIR/not-restored"`,
    )
    expect(lines).toEqual(['--scale a=1 a', '--scale c=1 c', 'b\tport is taken'])
  })

  it.each([
    ['the files', 'restore_files() { return 1; }'],
    ['the plan', 'echo damaged >>"$TX_DIR/restore-plan"'],
  ])('start what rested, and give the policies back, whatever became of %s', (_what, became) => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1; line p-b b running x 2); : >"$TX_DIR/deferred"; planned 'a=1 b=1'
inventory() { line p-a a exited x 1; line p-b b exited x 2; }
${became}
set_policies() { echo policies; return 1; }
docker_write() { case $* in 'start 1') echo 'no such network'; return 1 ;; esac; echo "docker $*" >>"$TX_DIR/calls"; }
restore_everything 2>/dev/null; echo "code $?"; cat "$TX_DIR/calls" "$TX_DIR/not-restored"`,
    )
    expect(lines).toEqual(['policies', 'code 1', 'docker start 2', 'a\tno such network'])
  })

  it('await what Docker may be stopping, whatever became of the files, and only once', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1; line p-b b running x 2); echo 1 >"$TX_DIR/deferred"; planned 'a=1 b=1'
inventory() { line p-a a running x 1; line p-b b running x 2; }
restore_files() { return 1; }
set_policies() { :; }
restore_everything; restore_everything; cat "$TX_DIR/calls"`,
    )
    expect(lines).toEqual(['docker stop 1'])
  })

  it('stop nothing that an earlier try brought back', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running same 1; line p-b b running same 2)
inventory() { line p-a a running same 11; line p-b b running other 12; }
clear_away; cat "$TX_DIR/calls"`,
    )
    expect(lines).toEqual(['docker stop 12'])
  })

  it('stop nothing at all before Compose can read the files that are back', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1); : >"$TX_DIR/deferred"; planned a=1
inventory() { line p-a a running other 11; }
docker_read() { :; }
put_tags_back() { echo moved:1; }; use_recorded() { :; }
compose() { return 1; }
restore_everything; echo "code $?"; cat "$TX_DIR/calls" 2>/dev/null; cat "$TX_DIR/exceptions"`,
    )
    expect(lines).toEqual(['code 0', 'tag-not-restored\tmoved:1'])
  })

  it('leave it to the verification whether the containers are back', () => {
    const lines = restoring(
      shell,
      `planned a=1
read_services() { :; }; put_tags_back() { :; }
remove_own_runs() { echo remove_own_runs >>"$TX_DIR/steps"; }; clear_away() { echo clear_away >>"$TX_DIR/steps"; }
for step in restore_services remove_new_networks restore_states; do
  eval "$step() { echo $step >>\\"$TX_DIR/steps\\"; return 1; }"
done
restore_everything; echo "code $?"; wc -l <"$TX_DIR/steps"
for step in remove_own_runs clear_away put_tags_back restore_files; do (eval "$step() { return 1; }"; restore_everything; echo "code $?"); done`,
    )
    expect(lines.map((line) => line.trim())).toEqual(['code 0', '5', ...Array(4).fill('code 1')])
  })

  it('read the recorded configuration where Compose cannot read the files any more', () => {
    const lines = restoring(
      shell,
      `PROJECT_DIR=/p; planned a=1
echo A=1 >"$TX_DIR/snapshot/env"; echo 'name: recorded' >"$TX_DIR/snapshot/config.yml"
printf '/p/.env\\t%s\\tm\\to\\tenv\\n' "$(hash_of "$TX_DIR/snapshot/env")" >"$TX_DIR/snapshot/files.list"
hash_of "$TX_DIR/snapshot/config.yml" >"$TX_DIR/snapshot/config-hash"
compose() { case $1:$COMPOSE_FILES in "$TX_DIR/snapshot/env:$TX_DIR/snapshot/config.yml") cat "$COMPOSE_FILES" ;; *) return 1 ;; esac; }
rollback_try=1; (read_services) || echo "not at the first try"
rollback_try=2; (read_services; echo "$services_facts $PROJECT_DIRECTORY"); cat "$TX_DIR/exceptions"
for copy in env config.yml; do (echo damaged >>"$TX_DIR/snapshot/$copy"; read_services 2>&1) || echo "not where it is damaged"; done`,
    )
    expect(lines).toEqual([
      'not at the first try',
      'name\trecorded /p',
      'recorded-files-used',
      'the recorded copy of env is damaged; it is not used',
      'not where it is damaged',
      'the recorded copy of env is damaged; it is not used',
      'not where it is damaged',
    ])
  })

  it('remove what the snapshot lacks, and what a power cut left; stop what differs, and what may be stopping', () => {
    const lines = restoring(
      shell,
      `rollback_from=applying DEPLOY=told DEFER=
restore_snapshot=$(line p-told told running x 1; line p-db db running x 2; line p-dead dead running x 3; line p-rest rest running x 4; line p-app app running x 5)
inventory() {
  line p-told told running x 1; line p-db db running x 2; line p-dead dead dead x 3; line p-rest rest exited x 4
  line p-app app running other 11; line 0123456789ab_p-db db created x 12; line p-new new running x 13
}
echo 4 >"$TX_DIR/deferred"; clear_away; echo $(cat "$TX_DIR/calls"); rm "$TX_DIR/calls"; clear_away; head -n 1 "$TX_DIR/calls"`,
    )
    expect(lines).toEqual([
      'docker stop 1 4 docker stop 11 13 docker rm --force --volumes 12 13 docker rm --force 3',
      // What may have been stopping was waited for: a later try restarts nothing that is back.
      'docker stop 11 13',
    ])
  })

  it('name what differs: by whom it was edited, or that nobody did, and nothing of what had drifted', () => {
    const lines = restoring(
      shell,
      `PLAN="drift\${TAB}d"
printf 'e\\ns\\n' >"$TX_DIR/edited"
restore_snapshot=$(for one in e n d s u; do line "p-$one" "$one" running x "1$one"; done)
verify_now=$(for one in e n d u; do line "p-$one" "$one" running x "2$one"; done; line p-s s running y 2s)
for one in e n d s u; do printf 'p-%s\\tlimits\\t1\\np-%s\\tlabels\\t1\\n' "$one" "$one"; done >"$TX_DIR/snapshot/details"
container_details() {
  for one in e n d; do printf 'p-%s\\tlimits\\t2\\np-%s\\tnetwork\\t1\\n' "$one" "$one"; done
  for one in s u; do printf 'p-%s\\tlimits\\t1\\np-%s\\tlabels\\t1\\n' "$one" "$one"; done
}
name_details; echo "code $?"; cat "$TX_DIR/exceptions"`,
    )
    expect(lines).toEqual([
      'code 0',
      'config-edited-meanwhile\te\tlabels limits network',
      'config-edited-meanwhile\ts\tothers',
      'container-differs\tn\tlabels limits network',
    ])
  })

  it('say what is back when not all of it is', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1; line p-b b running x 2); verify_now=$(line p-a a running x 11)
printf 'b\\tport is taken\\n' >"$TX_DIR/not-restored"; what_failed`,
    )
    expect(lines).toEqual([
      'fact\tdifference\tp-b\tcontainer\trunning\tnone',
      'fact\tback\tp-a',
      'fact\tnot_restored\tb\tport is taken',
    ])
  })
})
