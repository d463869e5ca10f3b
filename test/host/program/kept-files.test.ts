import { afterAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { releaseBench, withRelease } from './release-files-bench.ts'
import { SHELLS } from './shells.ts'

const bench = releaseBench()
afterAll(() => bench[Symbol.dispose]())

/** Some dozens of deployments, each of many processes. */
const MANY_SECONDS = 240

/**
 * `fresh`: the project as it was before the boundary. `killed_at STEP COMMAND`: in a process that dies before its STEPth call that
 * renames, links, makes, copies or removes something; 99 where it did.
 */
const KILLED = `
released && rows "$PROJECT" >"$top/before" && mkdir "$top/pristine" && cp -a "$PROJECT/." "$top/pristine" || exit
fresh() { limit=1000 changes=0; find "$PROJECT" -mindepth 1 -maxdepth 1 -exec rm -rf {} +; cp -a "$top/pristine/." "$PROJECT"; }
step() { changes=$((changes + 1)); [ "$changes" -lt "$limit" ] || exit 99; }
for changer in mv ln mkdir rmdir rm cp durable; do
  case $changer in durable) eval "$changer() { step; }" ;; *) eval "$changer() { step; command $changer \\"\\$@\\"; }" ;; esac
done
killed_at() {
  limit=$1; shift
  (changes=0; "$@") 2>"$top/said"
}
limit=1000 changes=0
put() { prepare_release && put_release; }
back() { restore_trees file && restore_trees state; }
as_before() { rows "$PROJECT" | cmp -s - "$top/before"; }
`

describe.each(SHELLS)('what the files of a release replace, under %s', (shell) => {
  const release = (script: string, seconds = 60) => withRelease(bench, shell, script, seconds).lines

  it('is recorded, put in place as a whole, and restored to the byte, mode and owner', () => {
    const lines =
      release(`released; echo "code $?"; cut -f 1,2,4 "$TX_DIR/snapshot/trees.list"; cut -f 5 "$TX_DIR/snapshot/files.list"
rows "$PROJECT" >"$top/before"; inode=$(stat -c %i "$PROJECT/compose.yml" "$PROJECT/tools"); prepare_release && put_release; echo "put $?"
for entry in compose.yml ops/deep/-x.conf tools; do tree_rows "$PROJECT" "$entry"; done | cut -f 1-4 >"$top/now"; manifest | cmp - "$top/now" && echo released
rm -rf "$PROJECT/data/models"; mkdir "$PROJECT/data/models"; echo trained >"$PROJECT/data/models/b"
restore_trees file; echo "files $?"; cat "$PROJECT/data/models/b"; restore_trees state; echo "state $?"
rows "$PROJECT" | cmp - "$top/before" && echo same; [ "$inode" = "$(stat -c %i "$PROJECT/compose.yml" "$PROJECT/tools")" ] && echo 'what ran sees it again'
name_trees; ls -A "$PROJECT"; restore_trees file && restore_trees state; rows "$PROJECT" | cmp - "$top/before" && echo same`)
    expect(lines).toEqual([
      ...[
        'code 0',
        '1\tfile\tcompose.yml',
        '2\tfile\tops/deep/-x.conf',
        '3\tfile\ttools',
        '4\tstate\tdata/models',
        'env',
      ],
      ...['put 0', 'released', 'files 0', 'trained', 'state 0', 'same', 'what ran sees it again'],
      ...['.closed-loop', '.env', 'compose.yml', 'data', 'tools', 'same'],
    ])
  })

  itOf(shell === 'dash' ? 'ci' : 'all')(
    'is restored whenever the deployment was killed while it put the files in place',
    () => {
      const lines = release(
        `${KILLED}
at=1
while :; do
  fresh; killed_at "$at" put; code=$?
  (limit=1000 changes=0; back) || echo "not back after $at"
  as_before || { echo "other after $at"; rows "$PROJECT" | diff - "$top/before"; }
  [ -z "$(name_trees)" ] || echo "edited after $at"
  [ "$code" = 99 ] || break
  at=$((at + 1))
done
[ "$at" -gt 9 ] && echo "many moments" || echo "$at"`,
        MANY_SECONDS,
      )
      expect(lines).toEqual(['many moments'])
    },
    MANY_SECONDS * 1000,
  )

  itOf(shell === 'dash' ? 'ci' : 'all')(
    'is restored however often a rollback is killed, and whatever the one before it had done',
    () => {
      const lines = release(
        `${KILLED}
broken() { put && rm -rf "$PROJECT/data/models/a" && echo new >"$PROJECT/data/models/b"; }
at=1
while :; do
  fresh; (limit=1000 changes=0; broken) || echo "not put"
  killed_at "$at" back; code=$?
  # Once more at the next moment, then to its end.
  killed_at 2 back; (limit=1000 changes=0; back) || echo "not back after $at"
  as_before || { echo "other after $at"; rows "$PROJECT" | diff - "$top/before"; }
  [ "$code" = 99 ] || break
  at=$((at + 1))
done
[ "$at" -gt 9 ] && echo "many moments" || echo "$at"`,
        MANY_SECONDS,
      )
      expect(lines).toEqual(['many moments'])
    },
    MANY_SECONDS * 1000,
  )

  it('needs no room for a copy: where what was moved aside is damaged, the recorded copy itself is moved', () => {
    const lines = release(`released; rows "$PROJECT" >"$top/before"; prepare_release && put_release
echo rotten >>"$TX_DIR/aside/3/closed_loop_runner.sh"; cp() { return 1; }
restore_trees file; echo "code $?"; rows "$PROJECT" | cmp - "$top/before" && echo same`)
    expect(lines).toEqual(['code 0', 'same'])
  })

  it('is left as it is where both copies are damaged, and the rest is restored', () => {
    const { lines, stderr } = withRelease(
      bench,
      shell,
      `released; prepare_release && put_release
echo rotten >>"$TX_DIR/aside/3/closed_loop_runner.sh"; echo rotten >>"$TX_DIR/snapshot/trees/3/closed_loop_runner.sh"
restore_trees file; echo "code $?"; cat "$PROJECT/compose.yml" "$PROJECT/tools/closed_loop_runner.sh"; cat "$TX_DIR/trees-back"`,
    )
    expect(lines).toEqual(['code 1', 'services: {}', '#!/bin/bash', '1', '2'])
    expect(stderr).toContain('tools is damaged; it is not used')
  })

  it('keeps an edit of somebody else apart, and names it; one after the rollback it leaves', () => {
    const lines = release(`released; rows "$PROJECT" >"$top/before"; prepare_release && put_release
echo edit >"$PROJECT/tools/hotfix"; restore_trees file; rows "$PROJECT" | cmp - "$top/before" && echo same
name_trees | sed "s#$PROJECT#PROJECT#g"; cat "$TX_DIR/edited-files/3/hotfix"; echo later >"$PROJECT/tools/later"
restore_trees file; cat "$PROJECT/tools/later"; name_trees | sed "s#$PROJECT#PROJECT#g"`)
    const moved = `file-edited-meanwhile\tPROJECT/tools\tPROJECT/.closed-loop/transactions/tx1/edited-files/3`
    expect(lines).toEqual(['same', moved, 'edit', 'later', moved, 'file-edited-meanwhile\tPROJECT/tools'])
  })

  it('is not what a deployment goes on with where somebody edited it since', () => {
    const lines =
      release(`released; each_tree file tree_unchanged; echo "code $?"; chmod 600 "$PROJECT/tools/same ü"
each_tree file tree_unchanged | sed "s#$PROJECT#PROJECT#"`)
    expect(lines).toEqual(['code 0', 'fact\trefused\tfiles_changed\tPROJECT/tools'])
  })

  it('is a link, where that stood there, and nothing behind the link changes', () => {
    const lines =
      release(`mkdir "$top/far"; mv "$PROJECT/tools" "$top/far/"; ln -s "$top/far/tools" "$PROJECT/tools"; rows "$top/far" >"$top/far-before"
released; rows "$PROJECT" >"$top/before"; prepare_release && put_release; [ -h "$PROJECT/tools" ] || echo replaced
restore_trees file; rows "$PROJECT" | cmp - "$top/before" && rows "$top/far" | cmp - "$top/far-before" && echo same; forget_trees; rows "$top/far" | cmp - "$top/far-before" && echo same`)
    expect(lines).toEqual(['replaced', 'same', 'same'])
  })

  it('has what runs and mounts it stopped before its state is restored; what mounts another path, or the whole host, goes on', () => {
    const { lines, stderr } = withRelease(
      bench,
      shell,
      `released; prepare_release && put_release; echo new >"$PROJECT/data/models/b"; real=$(cd "$PROJECT" && pwd -P)
mounted() { printf 's\\t/n\\t%s\\ts%s\\n' "$1" "$1"; printf 's\\t/n\\t%s\\ts%s\\t%s\\n\\n' "$1" "$1" "$2"; }
docker_read() { case $1 in ps) echo 1 2 3 4 ;; inspect) mounted 1 "$PROJECT/data"; mounted 2 "$real/tools/old"; mounted 3 "$PROJECT/datax"; mounted 4 / ;; esac; }
inventory() { for one in 1 2 3 4; do printf 'n\\ts\\t1\\tFalse\\timg\\tref\\trunning\\tnone\\tno:0\\th\\t%s\\ts%s\\n' "$one" "$one"; done; }
docker_stop() { echo "stop $*, with $(ls "$PROJECT/data/models" | tr '\\n' ' ')" >&2; }
restore_trees file; stop_remounts; restore_trees state; ls "$PROJECT/data/models"
inventory() { printf 'n\\ts\\t1\\tFalse\\timg\\tref\\trunning\\tnone\\tno:0\\th\\t1\\tlater\\n'; }
docker_stop() { echo again; }
stop_remounts`,
    )
    expect(stderr.split('\n').filter((line) => line.startsWith('stop'))).toEqual([
      'stop 2, with a b ',
      // Docker is played: nothing has stopped by then.
      'stop 1 2, with a b ',
    ])
    expect(lines).toEqual(['a'])
  })
})
