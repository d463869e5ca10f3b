import { type ProgramBench, programBench, type ShellName } from './shells.ts'

/**
 * A project and a release of its files, both with odd names, and a Docker that plays nothing. `rows DIR`: what stands there.
 * `released`: the files are staged, and are those of a transaction tx1 that is recorded.
 */
const RELEASE = `
top=$(mktemp -d "$PWD/release.XXXXXX"); PROJECT=$top/'a shop'; work=$top/work
: "$(umask 022; mkdir -p "$PROJECT/data/models" "$PROJECT/tools/old" "$work/tools/-sub dir" "$work/ops/deep")"
umask 022
echo 'services: {}' >"$PROJECT/compose.yml"; echo A=1 >"$PROJECT/.env"; echo m1 >"$PROJECT/data/models/a"
echo '#!/bin/sh' >"$PROJECT/tools/closed_loop_runner.sh"; echo same >"$PROJECT/tools/same ü"; echo gone >"$PROJECT/tools/old/gone"
chmod 700 "$PROJECT/tools/closed_loop_runner.sh"; ln -s 'same ü' "$PROJECT/tools/link"
echo 'services: {a: {}}' >"$work/compose.yml"; echo conf >"$work/ops/deep/-x.conf"; echo same >"$work/tools/same ü"
echo '#!/bin/bash' >"$work/tools/closed_loop_runner.sh"; chmod 755 "$work/tools/closed_loop_runner.sh"
printf 'bytes\\000' >"$work/tools/-sub dir/b y tes"; ln -s 'closed_loop_runner.sh' "$work/tools/link"; mkdir "$work/tools/empty"
umask 077
plan() {
  printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tcompose.yml\\nproject_name\\tshop\\ndeploy\\tapp\\ngate\\tapp\\n' "$PROJECT"
  printf 'incoming\\ttok1\\nfile\\tcompose.yml\\nfile\\tops/deep/-x.conf\\nfile\\ttools\\nstate_file\\tdata/models\\n'
}
use_plan "$(plan)"
manifest() { for entry in compose.yml ops/deep/-x.conf tools; do tree_rows "$work" "$entry"; done | cut -f 1-4; }
rows() { (cd "$1" && for item in .[!.]* *; do [ "$item" = .closed-loop ] || tree_rows "$1" "$item"; done); }
sent() { { plan; echo =; manifest; } | verb_compare_files tok1; }
archived() {
  sent | sed -n "s/^fact\${TAB}lacks$TAB//p" | while read -r line; do manifest | sed -n "\${line}p" | cut -f 4; done | sed 's#^#./#' >"$top/list"
  /usr/bin/tar -C "$work" -cf "$RELEASE_DIR/archive" -T "$top/list"
  hash_of "$RELEASE_DIR/archive"
}
staged() { archive_hash=$(archived); plan | verb_stage_files tok1 "$archive_hash"; }
released() {
  staged || return
  TX=tx1 TX_DIR=$STATE_DIR/transactions/tx1
  mkdir -p "$TX_DIR/snapshot/files" "$TX_DIR/jobs"; : >"$TX_DIR/exceptions"
  mv "$RELEASE_DIR" "$TX_DIR/release"; RELEASE_DIR=$TX_DIR/release
  make_view && snapshot_trees && snapshot_files
}
tools_there() { :; }
docker_read() { :; }
docker_stop() { echo "stop $*"; }
inventory() { :; }
`

/** A bench for the files of a release. `DOCKER_PLAYS`: what docker does. */
export function releaseBench(): ProgramBench {
  return programBench({ docker: `eval "\${DOCKER_PLAYS-exit 1}"` })
}

/** Runs the script with the project above; gives the lines that it printed, and what it said on stderr. */
export function withRelease(bench: ProgramBench, shell: ShellName, script: string, seconds = 60) {
  const { stdout, stderr } = bench.run(shell, `${RELEASE}\n${script}`, { seconds })
  return { lines: stdout.split('\n').filter((line) => line !== ''), stderr }
}
