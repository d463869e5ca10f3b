import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** A transaction whose Docker is played; `script` runs in it. Gives the lines that it printed. */
function restoring(shell: ShellName, script: string): readonly string[] {
  const { stdout } = bench.run(
    shell,
    `TX_DIR=$(mktemp -d); mkdir -p "$TX_DIR/snapshot"; ENV_FILE=$TX_DIR/.env; : >"$ENV_FILE"; ENV_PATHS=$ENV_FILE
PLAN='' TX=tx1 COMPOSE_FILES=compose.yml rollback_overridden='' rollback_from=applied rollback_try=2
true >"$TX_DIR/exceptions"; true >"$TX_DIR/not-restored"
line() { printf '%s\\t%s\\t1\\tFalse\\tsha256:1\\tapp:1\\t%s\\tnone\\tno:0\\t%s\\t%s\\tstarted\\t0\\t0\\tfalse\\tlasting\\t-\\n' "$1" "$2" "$3" "$4" "$5"; }
group() { printf 'group\\tapp:1\\tsha256:1\\tup\\t%s\\n' "$1"; }
planned() { group "$1" >"$TX_DIR/restore-plan"; printf 'whole\\t1\\n' >>"$TX_DIR/restore-plan"; }
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
restore_groups=$(group 'a=1 b=1 c=1'); restore_services 2>/dev/null; echo "code $?"
sed -n 's/.*\\(--scale .*\\)/\\1/p' "$TX_DIR/calls"; cat "$TX_DIR/not-restored"`,
    )
    expect(lines).toEqual(['code 1', '--scale a=1 a', '--scale c=1 c', 'b\tport is taken'])
  })

  it.each([
    ['the files', 'files_restorable() { return 1; }'],
    ['the plan', 'echo damaged >>"$TX_DIR/restore-plan"'],
  ])('start what rested, and give the policies back, whatever became of %s', (_what, became) => {
    const lines = restoring(
      shell,
      `line p-a a running x 1 >"$TX_DIR/snapshot/containers"; line p-b b running x 2 >>"$TX_DIR/snapshot/containers"
: >"$TX_DIR/deferred"; planned 'a=1 b=1'
inventory() { line p-a a exited x 1; line p-b b exited x 2; }
${became}
restore_policies_by_name() { echo policies; return 1; }
docker_write() { case $* in 'start 1') echo 'no such network'; return 1 ;; esac; echo "docker $*" >>"$TX_DIR/calls"; }
restore_everything 2>/dev/null; echo "code $?"; cat "$TX_DIR/calls" "$TX_DIR/not-restored"`,
    )
    expect(lines).toEqual(['policies', 'code 1', 'docker start 2', 'a\tno such network'])
  })

  it('stop nothing that an earlier try brought back', () => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running same 1; line p-b b running same 2)
inventory() { line p-a a running same 11; line p-b b running other 12; }
stop_what_differs; cat "$TX_DIR/calls"`,
    )
    expect(lines).toEqual(['docker stop 12'])
  })

  it('stop nothing at all before Compose can read the files that are back', () => {
    const lines = restoring(
      shell,
      `line p-a a running x 1 >"$TX_DIR/snapshot/containers"; : >"$TX_DIR/deferred"; planned a=1
inventory() { line p-a a running other 11; }
docker_read() { :; }
files_restorable() { :; }; restore_files() { :; }; put_tags_back() { echo moved:1; }; use_recorded() { [ "$1" = files ]; }
compose() { return 1; }
restore_everything; echo "code $?"; cat "$TX_DIR/calls" 2>/dev/null; cat "$TX_DIR/exceptions"`,
    )
    expect(lines).toEqual(['code 0', 'tag-not-restored\tmoved:1'])
  })

  it('leave it to the verification whether the containers are back', () => {
    const lines = restoring(
      shell,
      `line p-a a running x 1 >"$TX_DIR/snapshot/containers"; : >"$TX_DIR/deferred"; planned a=1
inventory() { line p-a a running x 1; }
files_restorable() { :; }; restore_files() { :; }; read_services() { :; }; put_tags_back() { :; }
remove_leftovers() { echo remove_leftovers >>"$TX_DIR/steps"; }; stop_what_differs() { echo stop_what_differs >>"$TX_DIR/steps"; }
for step in remove_dead restore_services remove_extras remove_new_networks restore_policies_by_name start_what_ran; do
  eval "$step() { echo $step >>\\"$TX_DIR/steps\\"; return 1; }"
done
restore_everything; echo "code $?"; wc -l <"$TX_DIR/steps"
for step in remove_leftovers stop_what_differs put_tags_back restore_files; do (eval "$step() { return 1; }"; restore_everything; echo "code $?"); done`,
    )
    expect(lines.map((line) => line.trim())).toEqual(['code 0', '8', ...Array(4).fill('code 1')])
  })

  it.each([
    ['the env file', 'restore_unread=x', '', 'recorded-files-used', 'env compose.yml'],
    ['a compose file', '', '.env compose.yml', 'recorded-files-used', '.env files/1'],
    [
      'a file that was not recorded',
      '',
      '.env compose.yml;.env files/1',
      'recorded-files-used recorded-files-used',
      'env config.yml',
    ],
  ])('read what was recorded where Compose cannot read %s any more', (_, before, unreadable, named, read) => {
    const lines = restoring(
      shell,
      `restore_snapshot=$(line p-a a running x 1) restore_groups=$(group a=1) restore_unread= PROJECT_DIR=/p PROJECT_DIRECTORY=
printf '/p/.env\\th\\tm\\to\\tenv\\n/p/compose.yml\\th\\tm\\to\\tfiles/1\\n' >"$TX_DIR/snapshot/files.list"
echo 'services: {}' >"$TX_DIR/snapshot/config.yml"; hash_of "$TX_DIR/snapshot/config.yml" >"$TX_DIR/snapshot/config-hash"; ${before}
copies_are_whole() { :; }
compose() {
  facts_of="$(echo "$1" | sed 's|.*/||') $(echo "$COMPOSE_FILES" | sed "s|$TX_DIR/snapshot/||")"
  case ';${unreadable};' in *";$facts_of;"*) return 1 ;; esac
  echo "name: $facts_of"
}
rollback_try=1; read_services || echo "not at the first try"
rollback_try=2; true >"$TX_DIR/exceptions"; read_services; echo "$services_facts" | cut -f 2; echo $(cat "$TX_DIR/exceptions")
copies_are_whole() { return 1; }; use_live_files; COMPOSE_FILES=compose.yml ENV_FILE=.env; read_services || echo "not where a copy is damaged"`,
    )
    expect(lines).toEqual(['not at the first try', read, named, 'not where a copy is damaged'])
  })

  it('name what differs: by whom it was edited, or that nobody did, and nothing of what had drifted', () => {
    const lines = restoring(
      shell,
      `PLAN="drift\${TAB}d"
restore_edited=$(printf 'e\\ns')
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
